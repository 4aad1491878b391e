/** The least a dashboard could be: Preact, one request, one number. What bench/widget.ts measures page.js against. */
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const place = document.querySelector<HTMLElement>('#refgrow')!

function Minimal() {
  const [clicks, setClicks] = useState<number | null>(null)
  useEffect(() => {
    const { api, projectId, projectEmail, userHash } = place.dataset
    void fetch(`${api}/api/widget/dashboard`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify({ project_id: projectId, email: projectEmail, hash: userHash }),
    })
      .then((response) => response.json())
      .then(({ data }: { data: { affiliate: { totals: { clicks: number } } } }) =>
        setClicks(data.affiliate.totals.clicks),
      )
  }, [])
  return clicks === null ? <p>...</p> : <p class="number">{clicks}</p>
}

render(<Minimal />, place)
