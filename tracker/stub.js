window.Refgrow =
  window.Refgrow ||
  function () {
    ;(Refgrow.q = Refgrow.q || []).push(arguments)
  }
