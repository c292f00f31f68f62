/** How the HTML report looks: light and dark, at any width, without colour as the only sign. */
export const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f7;--line:#cfd6dd;--good:#116329;--bad:#a40e26;--doubt:#7a4b00;--link:#0a58ca}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#161b22;--line:#3b434c;--good:#56d364;--bad:#ff8182;--doubt:#e3b341;--link:#79c0ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:0 1rem 3rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
header{border-left:.5rem solid var(--doubt);padding:.5rem 1rem;margin:1.5rem 0;background:var(--soft)}
header.certified{border-color:var(--good)}header.failed,header.harness-error{border-color:var(--bad)}
h1{font-size:2.2rem;margin:.1rem 0}h2{margin-top:2.2rem;border-bottom:1px solid var(--line)}h3{text-transform:capitalize}
header p{margin:.2rem 0}small,.where{color:inherit;opacity:.75}.where{margin:.8rem 0 0}
a{color:var(--link)}:focus-visible{outline:3px solid var(--link);outline-offset:1px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{border:1px solid var(--line);padding:.2rem .5rem;text-align:left}
td{text-align:center}thead th{background:var(--soft);position:sticky;top:0}.scroll{overflow:auto;max-height:32rem}
.matrix th abbr{text-decoration:none}.matrix td{padding:0}.matrix td a{display:block;padding:.2rem .6rem;font-weight:700;text-decoration:none;color:inherit}
.badge,.matrix td{white-space:nowrap}.badge{font-weight:700}
.pass{color:var(--good)}.fail,.harness-error{color:var(--bad)}.warn,.inconclusive,.untestable{color:var(--doubt)}.not-applicable{opacity:.75}
td.fail{background:repeating-linear-gradient(45deg,transparent 0 4px,color-mix(in srgb,var(--bad) 25%,transparent) 4px 8px)}
.quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
details{border:1px solid var(--line);border-radius:.3rem;margin:.3rem 0;padding:.3rem .6rem}summary{cursor:pointer}
.sentence{border-left:3px solid var(--line);padding-left:.6rem}
pre{background:var(--soft);padding:.6rem;overflow:auto;max-height:24rem;font-size:.82rem;white-space:pre-wrap;overflow-wrap:anywhere}
dt{font-weight:700}dd{margin:0 0 .4rem 1rem;overflow-wrap:anywhere}
.bars td{border:0;width:55%;text-align:left}.bars th{border:0;font-weight:400}.bar{display:inline-block;height:.8em;background:var(--link);min-width:2px;max-width:75%}
@media print{.scroll{max-height:none}details{break-inside:avoid}}
`.trim()
