import { darkColours, lightColours, topologyCss } from '../topology/svg.ts';

/** One accent, system fonts, and red for what is wrong alone. */
export const css = `:root{color-scheme:light dark;${lightColours}}
@media(prefers-color-scheme:dark){:root{${darkColours}}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main,.top,footer{max-width:76rem;margin:0 auto;padding:0 1.5rem}
table code{white-space:nowrap}code,.mono{font:.88em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
h1{font-size:1.05rem;font-weight:600;margin:0;overflow-wrap:anywhere}h1 b{font-weight:700}
h2{font-size:1.2rem;letter-spacing:-.01em;margin:0 0 .35rem}h3{font-size:1rem;margin:0}
p{margin:.3rem 0}.lead{color:var(--muted);margin:0 0 .9rem;max-width:52rem}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:3}
.top{display:flex;gap:1rem;align-items:baseline;justify-content:space-between;padding-top:1.4rem;padding-bottom:1rem;flex-wrap:wrap}
.top nav{display:flex;gap:1.1rem;flex-wrap:wrap;font-size:.9rem}.top nav a{text-decoration:none}.top nav a:hover{text-decoration:underline}
section{margin:2.6rem 0}
.verdict{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1.1rem;align-items:center;border:1px solid var(--line);border-left:6px solid var(--edge);border-radius:10px;padding:1.1rem 1.4rem;background:var(--soft)}
.verdict .sign{grid-row:span 2;width:2.9rem;height:2.9rem;border-radius:50%;display:grid;place-items:center;font-size:1.5rem;font-weight:700;border:2px solid currentColor}
.verdict .word{font-size:1.45rem;line-height:1.3;font-weight:650;letter-spacing:-.015em;margin:0}
.verdict .next{color:var(--muted);margin:0}
.verdict.good{border-left-color:var(--good)}.verdict.good .sign{color:var(--good)}
.verdict.bad{border-left-color:var(--bad);background:var(--bad-soft)}.verdict.bad .sign{color:var(--bad);border-radius:12px}
.verdict.bad .next{color:var(--text)}
.verdict.unknown{border-left-color:var(--warn)}.verdict.unknown .sign{color:var(--warn)}
.verdict.changes{border-left-color:var(--accent)}.verdict.changes .sign{color:var(--accent)}
.counts{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0 0;padding:0;list-style:none}
.counts li{border:1px solid var(--line);border-radius:8px;padding:.45rem .9rem;min-width:6.4rem;background:var(--card)}
.counts b{display:block;font-size:1.35rem;line-height:1.2;font-variant-numeric:tabular-nums}
.counts span{color:var(--muted);font-size:.85rem}.counts .bad b{color:var(--bad)}.counts .unknown b{color:var(--warn)}
.facts{display:grid;grid-template-columns:minmax(0,19rem) minmax(0,1fr);gap:1.2rem 2.4rem;margin-top:1.4rem}
.facts dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;margin:0;align-content:start}.facts dt{color:var(--muted)}.facts dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.45rem .8rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}thead th{color:var(--muted);font-weight:600;font-size:.82rem;background:var(--soft);white-space:nowrap}tbody th{font-weight:600}
.facts .scroll{align-self:start}.picture+details{margin-top:.6rem}.picture+details li{margin:.25rem 0}summary{cursor:pointer}.facts th,.facts td{padding:.3rem .8rem}
.badge{display:inline-block;white-space:nowrap;font-size:.82rem;font-weight:600;border-radius:99px;padding:.05rem .6rem;border:1px solid var(--line);color:var(--muted)}
.badge.good{color:var(--good);border-color:currentColor}.badge.bad{color:var(--bad);border-color:currentColor;background:var(--bad-soft)}
.badge.unknown{color:var(--warn);border-color:currentColor}.badge.changes{color:var(--accent);border-color:currentColor}
.tag{color:var(--muted);font-size:.85rem}
.picture{overflow-x:auto;border:1px solid var(--line);border-radius:10px;padding:.6rem;background:var(--ground)}
.matrix th,.matrix td{border-right:1px solid var(--line);white-space:nowrap}.matrix tr>:last-child{border-right:0}
.matrix tbody th{position:sticky;left:0;background:var(--card);z-index:1;font-weight:500}.matrix thead th:first-child{position:sticky;left:0;z-index:2}
.matrix td{padding:.2rem .5rem;min-width:6.6rem}
.matrix td.good{background:var(--good-soft)}.matrix td.bad{background:var(--bad-soft);box-shadow:inset 0 0 0 2px var(--bad)}.matrix td.unknown{background:var(--warn-soft)}.matrix td.none{color:var(--muted)}
.matrix summary{list-style:none;cursor:pointer;padding:.15rem .2rem;border-radius:4px}.matrix summary::-webkit-details-marker{display:none}
.matrix .good summary span:first-child{color:var(--good)}.matrix .no{color:var(--muted)}.matrix .bad summary{color:var(--bad);font-weight:650}.matrix .unknown summary{color:var(--warn)}
.matrix details p{white-space:normal;width:16rem;font-size:.84rem;margin:.2rem}
.key{display:flex;gap:.4rem 1.4rem;flex-wrap:wrap;font-size:.86rem;color:var(--muted);margin:.6rem 0 0;padding:0;list-style:none}
.card{border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:8px;padding:.9rem 1.2rem;margin:0 0 .8rem;background:var(--card)}
.place{margin:1.3rem 0 .5rem;font-size:1.02rem}.more{margin:0 0 1rem}.more>summary{padding:.3rem 0 .6rem}.card.unknown{border-left-color:var(--warn)}.card.waived,.card.limit{border-left-color:var(--edge)}.card.changes{border-left-color:var(--accent)}
.card header{display:flex;gap:.3rem .8rem;flex-wrap:wrap;align-items:baseline}.card h3{flex:1 1 22rem}
.card dl{display:grid;grid-template-columns:7.2rem minmax(0,1fr);gap:.25rem .8rem;margin:.6rem 0 0}.card dt{color:var(--muted);font-size:.88rem}.card dd{margin:0;overflow-wrap:anywhere}
.card ul{margin:0;padding:0;list-style:none}
.fields li+li{margin-top:.4rem}.fields ins,.fields del,.fields span{text-decoration:none;display:block;white-space:pre-wrap;padding:0 .5rem;border-left:3px solid var(--line)}
.fields del{background:var(--soft);border-left-color:var(--edge)}.fields ins{background:var(--accent-soft);border-left-color:var(--accent)}
.filter{display:flex;gap:.7rem;flex-wrap:wrap;align-items:end;margin:0 0 1rem}.filter[hidden]{display:none}
.filter label{display:grid;gap:.15rem;font-size:.84rem;color:var(--muted)}.filter .wide{flex:1 1 16rem}
.filter input,.filter select,.filter button{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--edge);border-radius:6px;padding:.38rem .6rem;min-width:0;width:100%}
.filter button{width:auto;cursor:pointer}.filter output{flex-basis:100%;color:var(--muted);font-size:.88rem}
.claims details{border-bottom:1px solid var(--line)}.claims{border:1px solid var(--line);border-radius:8px;background:var(--card)}.claims>details:last-of-type{border-bottom:0}
.claims summary{cursor:pointer;padding:.5rem .9rem;display:grid;grid-template-columns:7.6rem 5.2rem minmax(0,1fr) auto;gap:.2rem .8rem;align-items:baseline}
.claims .badge{justify-self:start}.claims summary:hover{background:var(--soft)}.claims .id{font-weight:650}.claims .tag{white-space:nowrap}
.claims ul{margin:0;padding:.1rem 1rem .8rem 2.2rem;font-size:.9rem}.claims li{overflow-wrap:anywhere}.claims p{padding:0 .9rem;margin:.1rem 0 .4rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:1rem;font:.86rem/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
footer{color:var(--muted);font-size:.86rem;padding-top:1rem;padding-bottom:2.4rem;border-top:1px solid var(--line)}
@media(max-width:46rem){.facts{grid-template-columns:1fr}.claims summary{grid-template-columns:auto auto 1fr}.claims summary .claim{grid-column:1/-1}.card dl{grid-template-columns:1fr}main,.top,footer{padding-left:1rem;padding-right:1rem}}
@media print{:root{color-scheme:light;${lightColours}}body{font-size:10.5pt}.top nav,.filter,.skip{display:none}section{margin:1.2rem 0}.card,tr,.verdict{break-inside:avoid}h2,h3{break-after:avoid}.scroll,.picture{overflow:visible}.matrix th,.matrix td{white-space:normal;min-width:0;position:static}main,.top,footer{max-width:none;padding-left:0;padding-right:0}.topology{min-width:0}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
${topologyCss}`;
