/** What only the frame needs: the forms to join and log in, the notice of a log-in that ended, the footer. */
export const frameCss = `
.root:focus-visible{outline:none}
.door{display:grid;gap:12px;align-content:start;justify-items:start}
.door form{width:100%;gap:12px;justify-items:start}
.door .field{width:100%}
.plain{min-height:36px;padding:0;border:0;border-radius:6px;background:none;color:var(--ink);font-size:13px;text-align:start;text-decoration:underline;text-decoration-color:var(--faint);text-underline-offset:4px}
.plain:hover{text-decoration-color:currentColor}
.root a{color:inherit;text-decoration:underline;text-decoration-color:var(--faint);text-underline-offset:4px;border-radius:6px}
.root a:hover{text-decoration-color:currentColor}
.door>.plain:last-child,.door>.choices{margin-block-end:-8px}
.choices{display:flex;flex-wrap:wrap;gap:0 16px}
.code{max-width:160px;font-variant-numeric:tabular-nums;letter-spacing:4px}
.again{position:sticky;inset-block-start:8px;z-index:2}
.foot{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:0 16px;padding-block-start:12px;min-height:48px}
.foot .plain{margin-inline-start:auto}
.tools-bone,.input-bone{height:36px;width:70%}
.input-bone{width:100%}
.share .tools-bone{margin-block:-8px}
.list-bone{height:400px}
.account-bone{height:65px}
@media (pointer:coarse){
.plain,.tools-bone,.input-bone{min-height:44px}
}
@container refgrow (min-width:336px) and (max-width:559px){
.controls-bone{height:80px}
.share .tools-bone{height:36px}
}
@container refgrow (min-width:560px){
.list-bone{height:240px}
}
`
