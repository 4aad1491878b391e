/* The preview's tools: each choice becomes an attribute of the dashboard, which follows at once. */
const form = document.querySelector('.tools')
const dashboard = document.querySelector('#refgrow')
const main = document.querySelector('main')

function apply() {
  const [state, lang, theme, width] = ['state', 'lang', 'theme', 'width'].map((name) => form.elements[name].value)
  main.dataset.width = width
  document.documentElement.style.colorScheme = theme === 'own' ? '' : theme
  dashboard.dataset.lang = lang
  dashboard.dataset.api = `/preview/${dashboard.dataset.projectId}/${state}/${theme}`
  history.replaceState(null, '', `?${new URLSearchParams({ state, lang, theme, width })}`)
}

const chosen = new URLSearchParams(location.search)
for (const select of form.elements) {
  const value = chosen.get(select.name) ?? (select.name === 'lang' ? document.documentElement.lang : null)
  if (value !== null && [...select.options].some((option) => option.value === value)) select.value = value
}
form.addEventListener('change', apply)
form.addEventListener('submit', (event) => event.preventDefault())
if (chosen.size > 0) apply()
