"""The page's style: light, dark and print; colours of Okabe and Ito (2008), which colour-blind people tell apart."""

STYLE = """
:root{--ink:#1f2933;--soft:#5b6773;--paper:#fff;--line:#dde3e9;--band:#f4f6f8;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;
--s3:#b3608f;--s4:#a67c00;--s5:#3a94c4;--s6:#5b6773}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#9fabb7;--paper:#15191e;--line:#323a43;--band:#1d232a;
--s0:#56b4e9;--s1:#e69f00;--s2:#2fc29b;--s3:#d998bd;--s4:#f0e442;--s5:#8ab8ff;--s6:#9fabb7}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 24px 60px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:40px 0 8px;padding-top:14px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:0}p{margin:4px 0 10px;max-width:76ch}.lead,figcaption p,small,caption,dt{color:var(--soft)}
small{font-size:11.5px;white-space:nowrap;display:block}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:14px 0}dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:4px 0 6px}th,td{padding:5px 10px;text-align:right;vertical-align:top;
border-bottom:1px solid var(--line)}th[scope=row],th[scope=col]:first-child{text-align:left;font-weight:600}
thead th{font-size:12.5px;vertical-align:bottom;color:var(--soft)}tbody tr:first-child{background:var(--band)}
td small{margin-top:-2px}.what{font-weight:400;color:var(--soft);font-size:12px;display:block;min-width:16ch}
figure{margin:14px 0}svg{width:100%;max-width:560px;height:auto;display:block}svg.wide{max-width:760px}
svg text{font-size:12px;fill:var(--soft)}svg .name{fill:var(--ink)}
.grid{stroke:var(--line)}.axis{stroke:var(--soft)}.even{stroke:var(--soft);stroke-dasharray:2 4;fill:none}
.curve{fill:none;stroke-width:2}.d1{stroke-dasharray:6 3}.whisker{stroke:var(--ink);stroke-width:1.5}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;padding:0;margin:4px 0 8px;font-size:13px}
.legend svg{width:26px;height:10px;display:inline-block;margin-right:6px}
details{margin-top:6px}summary{cursor:pointer;color:var(--soft)}
@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--line:#ccc;--band:#f2f2f2;
--s0:#0072b2;--s1:#d55e00;--s2:#009e73;
--s3:#b3608f;--s4:#a67c00;--s5:#3a94c4;--s6:#5b6773}@page{margin:14mm}body{font-size:11px}main{padding:0;max-width:none}
figure,tr{break-inside:avoid}h2{break-after:avoid}.scroll{overflow:visible}th,td{padding:3px 5px}small{font-size:8.5px}
svg{max-width:420px}details:not([open]){display:none}}
""" + "".join(f".curve.s{n}{{stroke:var(--s{n})}}.dot.s{n},.bar.s{n}{{fill:var(--s{n})}}" for n in range(7))
