// Stand-in for Polar: its links stand on the page as they would in a real shop, and lead to the stand-in when they are used.
const leadToStandIn = ({ target }) => {
  const link = target.closest?.('a[href^="https://buy.polar.sh/"]')
  if (link) link.href = `/stand-in/polar/pay${link.pathname}${link.search}`
}

for (const use of ['click', 'auxclick', 'contextmenu']) addEventListener(use, leadToStandIn)
