/** What blocks look like, and the pieces they are made of. */

// Three sizes (13, 15, 28), two weights, steps of 4. The host keeps its font, its visibility and nothing else.
export const blockCss = `
:host{all:initial!important;display:block!important;font-family:inherit!important;visibility:inherit!important;pointer-events:inherit!important}
*,::before,::after{box-sizing:border-box}
.root{container:refgrow/inline-size;font-size:15px;font-weight:400;line-height:1.4;color:var(--ink);text-align:start;-webkit-text-size-adjust:100%;text-size-adjust:100%;overflow-wrap:anywhere;-webkit-font-smoothing:antialiased}
h2,h3,p,ul,dl,dd,figure,table{margin:0;padding:0}
h2,h3,b,th{font-size:inherit;font-weight:600}
ul{list-style:none}
button,input{font:inherit;color:inherit;letter-spacing:inherit;margin:0}
button{cursor:pointer;touch-action:manipulation}
:focus{outline:none}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.label{font-size:13px;color:var(--muted)}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.blocks{display:flex;flex-wrap:wrap;align-content:flex-start;gap:24px;position:relative}
.block{flex:1 1 100%;min-width:0;padding:16px;border:1px solid var(--line);border-radius:var(--refgrow-radius,8px);background:var(--ground);display:flex;flex-direction:column;gap:12px;position:relative}
h3{font-size:13px}



.main,.quiet{min-height:36px;padding:7px 16px;border:1px solid transparent;border-radius:6px;font-weight:600;font-size:15px;line-height:20px;flex:none;display:inline-grid;justify-items:center;align-items:center;max-width:100%}
.main{background:var(--fill);color:var(--on-fill);border-color:var(--fill)}
.main:hover{filter:brightness(1.08)}
.quiet{background:transparent;border-color:var(--line)}
.quiet:hover{background:var(--hover)}
[aria-disabled=true]{opacity:.64;cursor:default}
.swap{grid-area:1/1}
.swap[data-shown=false]{visibility:hidden}

.row{display:flex;flex-direction:column;gap:8px}
.link,input{flex:1 1 auto;min-width:0;min-height:36px;padding:7px 12px;line-height:20px;border:1px solid var(--line);border-radius:6px;background:transparent;color:var(--ink)}
input{border-color:var(--faint);width:100%}
::placeholder{color:var(--muted);opacity:1}
.link{background:var(--wash);border-color:transparent;display:flex;align-items:center;user-select:all;-webkit-user-select:all}
.cut{display:flex;min-width:0;max-width:100%;white-space:pre}
.cut>:first-child{overflow:hidden;text-overflow:ellipsis}
.cut>:last-child{flex:none}
.buttons,.tools{display:flex;flex-wrap:wrap;gap:8px;align-items:center;position:relative}
.tools{gap:0 16px;margin:-8px 0}
.block>.buttons:last-child{margin-top:auto}
.part,.field{display:grid;gap:8px;grid-template-columns:minmax(0,1fr);align-content:start}
.field{gap:4px}
.field>:last-child:empty{display:none}
form{gap:12px}
.menu{position:absolute;z-index:1;inset-inline-start:0;top:100%;margin-top:4px;min-width:160px;padding:4px;border:1px solid var(--line);border-radius:8px;background:var(--ground);box-shadow:0 4px 16px #0003}
.root .menu a{display:block;padding:8px 12px;border-radius:6px;line-height:20px;text-decoration:none}
.menu a:hover{background:var(--hover)}
.qr{display:flex;flex-wrap:wrap;align-items:end;gap:16px}
.qr svg{width:164px;height:164px;background:#fff;border:1px solid var(--line);border-radius:6px;shape-rendering:crispedges}

.headline{display:grid;gap:4px;align-content:start}
.when{display:flex;flex-wrap:wrap;gap:0 16px}
.figure{container-type:inline-size;display:grid;gap:4px;min-width:0}
.figure b{font-size:min(28px,calc(170cqi/var(--length)));line-height:1.1;min-height:31px;display:flex;align-items:flex-end;font-variant-numeric:tabular-nums;white-space:nowrap;unicode-bidi:isolate}
.figures .label{margin-inline-end:-12px;hyphens:auto}
.figures{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:16px}

.bar{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center}
.bar h3{flex:1 0 auto}
.choice{display:flex;flex-wrap:wrap}
.choice button{min-height:36px;min-width:36px;padding:0 7px;border:0;border-radius:6px;background:transparent;color:var(--muted);font-size:13px}
.choice button:hover{color:var(--ink);background:var(--hover)}
.choice button::after{content:attr(data-text);display:block;height:0;overflow:hidden;visibility:hidden;font-weight:600}
.choice [aria-pressed=true]{background:var(--hover);color:var(--ink);font-weight:600}

.chart{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 8px;font-variant-numeric:tabular-nums;position:relative}
.summary{grid-column:1/-1;min-height:21px;margin-bottom:16px}
.summary[data-hidden=true]{visibility:hidden}
.plot{position:relative;height:160px;cursor:crosshair;touch-action:pan-y;border-radius:2px}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible;display:block}
[dir=rtl] .plot svg{transform:scaleX(-1)}
.line{fill:none;stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
.area{fill:var(--area)}
.hair{position:absolute;inset-inline:0;height:1px;background:var(--line)}
.cursor{position:absolute;inset-block:0;width:1px;margin-inline-start:-.5px;inset-inline-start:calc(var(--x)*1%);background:var(--faint)}
.dot{position:absolute;width:9px;height:9px;margin:-4.5px;margin-inline-start:-4.5px;inset-inline-start:calc(var(--x)*1%);border-radius:50%;background:var(--accent);border:2px solid var(--ground)}
.readout{position:absolute;bottom:100%;margin-bottom:16px;inset-inline-start:calc(var(--x)*1%);transform:translateX(calc(var(--x)*-1%));white-space:nowrap;pointer-events:none}
[dir=rtl] .readout{transform:translateX(calc(var(--x)*1%))}
.ticks{position:relative;font-size:13px;color:var(--muted)}
.ticks span{position:absolute;inset-inline-start:0;transform:translateY(-50%);white-space:nowrap;line-height:1}
.ticks .widest{position:static;visibility:hidden}
.ends{display:flex;justify-content:space-between;font-size:13px;color:var(--muted);padding-top:8px}
details{grid-column:1/-1;margin:4px 0 -8px;font-size:13px}
summary,.tool{cursor:pointer;color:var(--muted);display:inline-flex;align-items:center;min-height:36px;border-radius:6px;list-style:none;font-size:13px;text-decoration:underline;text-decoration-color:var(--faint);text-underline-offset:4px}
summary::-webkit-details-marker{display:none}
summary:hover,.tool:hover,.tool[aria-expanded=true]{color:var(--ink)}
.tool{padding:0;border:0;background:none;text-align:start}
.scroll{max-height:240px;overflow:auto;background:linear-gradient(var(--ground),var(--ground)) bottom/100% 1px no-repeat local,linear-gradient(var(--line),var(--line)) bottom/100% 1px no-repeat scroll}
details .scroll,.tier .scroll{border-top:1px solid var(--line)}
table{width:100%;border-collapse:collapse}
th,td{padding:8px 0;text-align:start;border-bottom:1px solid var(--line);font-weight:400}
thead th{position:sticky;top:0;background:var(--ground);color:var(--muted)}
td,th:last-child{text-align:end}

.balance{display:grid;gap:8px}
.balance+.balance{padding-top:12px}
.entry{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;font-variant-numeric:tabular-nums}
.entry>:last-child{margin-inline-start:auto}
.entry>:only-child{margin:0}
.entry dt{color:var(--muted)}
.entry dd{display:grid;justify-items:end;text-align:end}
.sum{border-top:1px solid var(--line);padding-top:8px}
.balance .sum>*{font-weight:600;color:var(--ink)}

.item{padding:8px 0;border-top:1px solid var(--line)}
.item:first-child{border:0;padding-top:0}
.item:last-child{padding-bottom:0}
.recent .scroll{max-height:400px}
.tier .item:first-child{padding-top:8px}
.item .entry{font-weight:400}
[aria-current] .entry{font-weight:600}
.notes{display:flex;flex-wrap:wrap;font-size:13px;color:var(--muted)}
.notes span>:not(:last-child),.notes>:not(:last-child){margin-inline-end:12px}
.notes>:nth-child(2){margin-inline-start:auto}
.loss,[data-tone=bad]{color:var(--bad)}
[data-tone=good]{color:var(--good)}
.loss{font-size:13px}
.two{grid-template-columns:1fr 2fr}
.meter{height:8px;border-radius:4px;background:var(--wash);overflow:hidden}
.meter::before{content:"";display:block;height:100%;width:var(--part);border-radius:4px;background:var(--accent)}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:24px}
.gallery>li{display:grid;gap:8px;grid-template:1fr/minmax(0,1fr)}
.stage{display:grid;place-items:center;min-height:96px;padding:16px;background:var(--wash);border-radius:6px;color:var(--muted);font-size:13px}
.stage img{display:block;height:auto}
.text{place-items:center start;color:var(--ink);white-space:pre-wrap;font-size:15px}

.pitch,.offer{display:grid;gap:4px;align-content:start}
form{display:grid;gap:8px;align-content:start}
label{font-size:13px;color:var(--muted)}
.problem{color:var(--bad);font-size:13px}
.problem:empty{display:none}
.notice{flex-direction:row;flex-wrap:wrap;align-items:center;justify-content:space-between}
.notice p{flex:1 1 240px}
.empty{color:var(--muted)}

.bone{background:var(--wash);border-radius:6px}
.title-bone{height:21px;width:60%}
.line-bone{height:18px;width:40%}
.note-bone{height:36px;width:90%}
.number-bone{height:31px;width:50%}
.figures-bone{height:53px}
.control-bone{height:36px}
.controls-bone{height:107px}
.share .tools-bone{height:72px}
.chart-bone{height:255px}
.balances-bone{height:135px}

@container refgrow (min-width:560px){
.half{flex-basis:calc(50% - 12px)}
.recent .scroll{flex:1 1 0;min-height:240px;max-height:none}
.row{flex-flow:row wrap;align-items:stretch}
.row>.label{flex-basis:100%}
.link,input{flex-basis:0}
.header{display:grid;grid-template-columns:1fr 1fr;grid-template-rows:auto 1fr;column-gap:58px}
.headline{grid-column:2;grid-row:1/span 2}
.headline .figure .label{line-height:21px}
.bar h3{flex:none}
.bar .choice:first-of-type{order:1;margin-inline-start:auto}
.plot{height:200px}
.join{display:grid;grid-template-columns:1fr 1fr;grid-template-rows:auto 1fr;column-gap:58px}
.join>:last-child{grid-column:2;grid-row:1/span 2}
.join form .row{flex-direction:column;align-items:start}
.control-bone{flex:1}
.controls-bone,.share .tools-bone{height:36px}
.chart-bone{height:295px}
}
@container refgrow (max-width:300px){
.choice button{padding:0 4px}
}
@media (pointer:coarse){
.main,.quiet,.choice button,summary,.tool,.menu a,.link,input,.control-bone,.controls-bone{min-height:44px}
}
`
