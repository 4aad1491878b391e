// Opens Paddle's checkout for the plan of a button. Refgrow's tracker adds the referral code to customData by itself.
Paddle.Initialize({ token: 'test_of_your_paddle_account' })

for (const button of document.querySelectorAll('button[data-paddle-price]')) {
  const { paddlePrice, plan, email } = button.dataset
  button.addEventListener('click', () =>
    Paddle.Checkout.open({
      items: [{ priceId: paddlePrice, quantity: 1 }],
      customData: { plan },
      ...(email ? { customer: { email } } : {}),
    }),
  )
}
