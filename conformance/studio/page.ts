/** The page of the studio: one file, no framework; every cell is a button, every state has a sign beside its colour. */

import { wordsHtml } from '../../schemas/words.ts'
import { style } from '../report/style.ts'
import { script } from './script.ts'

const own = `
form,.panel{border:1px solid var(--line);border-radius:.3rem;padding:.8rem 1rem;margin:1rem 0;background:var(--soft)}
label{display:block;font-weight:700;margin-top:.4rem}input[type=url],input[type=password]{width:100%;padding:.4rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line)}
fieldset{border:0;padding:0;margin:.6rem 0}fieldset label{display:inline-block;font-weight:400;margin-right:1rem}
button{font:inherit;padding:.4rem .9rem;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.3rem;cursor:pointer}
button.main{font-weight:700;border-width:2px}button:disabled{opacity:.5;cursor:default}
.cells{display:flex;flex-wrap:wrap;gap:3px;margin:.2rem 0 .8rem}
.cells button{width:1.7rem;height:1.7rem;padding:0;font-weight:700;line-height:1}
.cells .waiting{color:var(--line)}progress{width:100%;height:1rem}
dialog{max-width:60rem;width:90%;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:.4rem}
dialog::backdrop{background:rgb(0 0 0/.45)}h4{margin:.6rem 0 .1rem;font-weight:600}
.cure{display:block;margin-left:1.4rem;font-style:italic}
`

export const page = (nonce: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>AMP conformance studio</title><style>${style}${own}</style></head><body>
<header id="banner"><p>AMP conformance</p><h1>Studio</h1><p id="status" role="status" aria-live="polite">Enter the address of an implementation to judge it.</p></header>
<main>
<form id="target"><label for="url">Address of the target, the one with /.well-known/amp</label>
<input id="url" type="url" required placeholder="https://wallet.example" autocomplete="off">
<label for="hooks">Secret of its test hooks (stays on this machine)</label><input id="hooks" type="password" autocomplete="off">
<p><button class="main" id="examine">Examine</button></p></form>
<section id="findings" class="panel" hidden><h2>What the doctor sees</h2><ul id="list"></ul>
<fieldset><legend>Roles to judge</legend><div id="roles"></div></fieldset><p><button class="main" id="run">Run the checks</button></p></section>
<section id="live" hidden><h2>Checks</h2><progress id="progress" value="0" max="1" aria-label="checks done"></progress>
<p>A cell is a check: <b>+</b> pass <b>X</b> fail <b>!</b> warn <b>~</b> inconclusive <b>?</b> untestable <b>-</b> not applicable <b>#</b> harness error. Press one to open it.</p><div id="matrix"></div></section>
<section id="changes" class="panel" hidden><h2>Since the run before</h2><ul id="changed"></ul></section>
<section id="earlier" hidden><h2>Runs of this studio</h2><div class="scroll"><table><thead><tr><th scope="col">run</th><th scope="col">target</th><th scope="col">roles</th><th scope="col">outcome</th><th scope="col">passed</th><th scope="col">failed</th><th scope="col">changed</th><th scope="col">report</th></tr></thead><tbody id="history"></tbody></table></div></section>
<section>${wordsHtml(['Roles', 'Judging'])}</section>
</main>
<dialog id="detail" aria-labelledby="detail-title"><h2 id="detail-title" tabindex="-1" autofocus></h2><div id="detail-body"></div><p><button id="close">Close</button></p></dialog>
<script nonce="${nonce}">${script}</script></body></html>`
