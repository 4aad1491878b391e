// Stand-in for a payment provider: follows the delivery of its webhooks, then returns to the shop.
const list = document.querySelector('[data-attempts]')
const next = document.querySelector('[data-next]')

const follow = async () => {
  const status = await fetch(location.href, { headers: { accept: 'application/json' } })
    .then((response) => response.json())
    .catch(() => null)
  if (status?.state === 'delivered') return location.replace(list.dataset.onward)
  if (status?.state === 'given_up') return location.reload()
  if (status) {
    list.replaceChildren(...status.attempts.map(row))
    next.textContent = status.next
  }
  setTimeout(follow, 500)
}

const row = ({ at, type, outcome }) => {
  const item = document.createElement('li')
  const time = document.createElement('time')
  time.textContent = at
  const event = document.createElement('code')
  event.textContent = type
  item.append(time, ' ', event, ` ${outcome}`)
  return item
}

if (list.dataset.state === 'waiting') void follow()
