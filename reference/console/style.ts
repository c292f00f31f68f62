/** The look of the console: one sheet, no script, no external load, light and dark, readable at any width. */
export const stylesheet = `
:root { color-scheme: light dark; --ink: #14202b; --soft: #5a6b7b; --line: #d5dde4; --page: #f4f7f9; --card: #fff;
  --accent: #0b6b5d; --on-accent: #fff; --bad: #a4262c; --good: #176b3a; --warn: #7a5200 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eef2; --soft: #9fb0bd; --line: #2c3a46; --page: #0f161c;
  --card: #18222b; --accent: #4cc2ad; --on-accent: #06231f; --bad: #ff8a80; --good: #7fd6a0; --warn: #f2c46d } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif }
header { border-bottom: 1px solid var(--line); background: var(--card) }
header > div, main { max-width: 46rem; margin: 0 auto; padding: .9rem 1.1rem }
header > div { display: flex; gap: 1.2rem; align-items: center; flex-wrap: wrap }
header strong { margin-right: auto }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .8rem 0 } h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: 1.1rem; margin: .8rem 0 }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr; gap: .45rem 1rem; margin: 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
dd.first { font-weight: 600 } .money { font-size: 1.6rem; font-weight: 650; font-variant-numeric: tabular-nums }
.quiet { color: var(--soft); font-size: .92rem } .good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
.notice { border-left: 4px solid var(--bad); padding: .5rem .9rem; background: var(--card) } .notice.good { border-color: var(--good) }
label { display: block; margin: .7rem 0 .2rem } input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--soft);
  border-radius: .4rem; padding: .5rem .6rem; width: 100%; max-width: 20rem }
.actions { display: flex; gap: .8rem; flex-wrap: wrap; margin-top: 1rem }
button { font: inherit; font-weight: 600; padding: .6rem 1.3rem; border-radius: .5rem; border: 1px solid var(--accent);
  background: var(--accent); color: var(--on-accent); cursor: pointer }
button.plain { background: transparent; color: var(--ink); border-color: var(--soft) } button.danger { background: transparent; color: var(--bad); border-color: var(--bad) }
table { width: 100%; border-collapse: collapse } th, td { text-align: left; padding: .45rem .3rem; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
progress { width: 100%; height: .7rem; accent-color: var(--accent) }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .85rem; white-space: nowrap }
details { margin-top: .8rem } summary { cursor: pointer }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .6rem } }
`
