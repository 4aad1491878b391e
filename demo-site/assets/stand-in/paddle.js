// Stand-in for https://cdn.paddle.com/paddle/v2/paddle.js: where Paddle opens its overlay, this opens the shop's stand-in page.
window.Paddle = {
  Initialize() {},
  Checkout: {
    open({ items, customData, customer }) {
      const query = new URLSearchParams()
      if (customData) query.set('custom_data', JSON.stringify(customData))
      if (customer?.email) query.set('email', customer.email)
      location.assign(`/stand-in/paddle/pay/${items[0].priceId}?${query}`)
    },
  },
}
