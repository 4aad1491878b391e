// Creates the account without leaving the page, then tells Refgrow who signed up.
const form = document.querySelector('form[data-sign-up]')
const problem = form.querySelector('[role=alert]')

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void signUp()
})

async function signUp() {
  const button = form.querySelector('button')
  button.disabled = true
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams(new FormData(form)),
    })
    const account = await response.json()
    if (!response.ok) throw new Error(account.error)

    // The one line of the integration. An ad blocker may have kept the tracker away, so ask before calling.
    if (typeof window.Refgrow === 'function') window.Refgrow(0, 'signup', account.email)
    location.assign('/account')
  } catch (error) {
    problem.textContent = error instanceof TypeError ? 'Halfpage cannot be reached. Please try again.' : error.message
    button.disabled = false
  }
}
