// The style sheet. One set of variables per mode; everything else refers to them. Strategy colours
// are those of Okabe and Ito (jfly.uni-koeln.de/color), darkened for light paper and lightened for
// dark until each has a contrast of 3:1 or more with the background; shapes tell strategies apart
// as well.

#include "transfer/report_parts.h"

static const char *const style[] = {
    ":root{color-scheme:light "
    "dark;--bg:#fff;--panel:#f6f7f9;--text:#1a1f26;--muted:#565f6b;--rule:#d9dde3;",
    "--grid:#e6e9ed;--accent:#0067a3;--heat:0 114 "
    "178;--good:#00694f;--middling:#855a00;--bad:#a93f00;",
    "--c0:#3f4752;--c1:#0072b2;--c2:#c94f00;--c3:#00805e;--c4:#a94d86;--c5:#a87000;--c6:#2b87bd;--"
    "c7:#7d7500}\n",
    "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--panel:#1c2229;--text:#e8ebef;--muted:#"
    "a3adb9;--rule:#38414c;",
    "--grid:#272e37;--accent:#6cbcf0;--heat:86 180 "
    "233;--good:#4fcfa6;--middling:#e9b44c;--bad:#ff9a66;",
    "--c0:#c4ccd6;--c1:#58a9ea;--c2:#f58045;--c3:#2fc295;--c4:#dc94c2;--c5:#efb02e;--c6:#93d6f7;--"
    "c7:#e6dc52}}\n",
    // page
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 "
    "system-ui,sans-serif}\n",
    "main{max-width:1120px;margin:0 auto;padding:28px 20px 48px}section{margin:0 0 44px}details "
    "section{margin:12px 0}\n",
    "h1{font-size:2rem;line-height:1.2;margin:0;overflow-wrap:anywhere}h2{font-size:1.3rem;line-"
    "height:1.3;margin:0 0 8px;",
    "overflow-wrap:anywhere}h2 "
    "small{color:var(--muted);font-weight:400}h3{font-size:1rem;margin:20px 0 8px}\n",
    "p{margin:0 0 "
    "10px}.kicker{color:var(--muted);font-size:.85rem;margin:0}header{margin-bottom:20px}\n",
    ".facts,.caption,footer,figcaption{color:var(--muted);font-size:.9rem}.caption{max-width:75ch}"
    "\n",
    "figcaption "
    "b{color:var(--text)}.none{color:var(--muted);font-style:italic}small{font-size:.85em}\n",
    "code,pre{font:.85em/1.5 "
    "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}\n",
    "pre{background:var(--panel);padding:14px;border-radius:6px;overflow:auto;max-height:480px}\n",
    "section.target{border-top:1px solid var(--rule);padding-top:22px}footer{border-top:1px solid "
    "var(--rule);padding-top:12px}\n",
    // verdict and headline number
    ".verdict{background:var(--panel);border-left:4px solid var(--accent);border-radius:0 8px 8px "
    "0;padding:16px 20px 8px;",
    "margin-bottom:24px}.verdict h2{font-size:.85rem;color:var(--muted);font-weight:600;margin:0 0 "
    "4px}\n",
    ".verdict p{max-width:75ch}.verdict h2+p{font-size:1.2rem;line-height:1.4}\n",
    ".headline{display:flex;gap:18px;align-items:center;margin:14px 0 20px}.headline p{margin:0}\n",
    ".big{font-size:2.8rem;line-height:1;font-weight:650;font-variant-numeric:tabular-nums;white-"
    "space:nowrap}\n",
    ".notice{border:1px solid var(--middling);border-left-width:4px;border-radius:0 6px 6px "
    "0;padding:8px 14px}\n",
    ".badge{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 "
    "9px;font-size:.8rem;",
    "white-space:nowrap}.good{color:var(--good)}.middling{color:var(--middling)}.bad,.alarm{color:"
    "var(--bad)}\n",
    // figures
    "figure{margin:0 0 "
    "20px;min-width:0}figcaption{margin-bottom:10px}img{max-width:100%;height:auto;border-radius:"
    "6px}\n",
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:8px "
    "40px}\n",
    ".grid.three{grid-template-columns:repeat(auto-fit,minmax(min(100%,280px),1fr))}\n",
    ".plot{display:block;overflow:visible;width:calc(100% - 28px);margin:0 14px}#carry-over "
    ".plot{max-width:640px}\n",
    ".plot.curves{width:calc(100% - 66px);margin:6px 12px 0 54px}.marks{position:absolute}\n",
    ".legend{display:flex;flex-wrap:wrap;gap:2px "
    "16px;font-size:.9rem}.strategy{white-space:nowrap}\n",
    ".chip{width:12px;height:12px;margin-right:6px;overflow:visible;transform:translate(6px,6px)}"
    "\n",
    "text{font-size:13px;fill:var(--text);font-variant-numeric:tabular-nums}.tick,.unit{fill:var(--"
    "muted)}",
    ".tick{font-size:12px}.label{font-weight:600}.end{display:none}\n",
    ".reference{fill:var(--muted);font-size:12px;paint-order:stroke;stroke:var(--bg);stroke-width:"
    "4px;",
    "stroke-linejoin:round}line.gridline{stroke:var(--grid)}line.rule{stroke:var(--rule)}\n",
    "line.zero{stroke:var(--text);stroke-width:1.5}line.random{stroke:var(--muted);stroke-width:1."
    "5;stroke-dasharray:2 3}\n",
    "line.zero-shot{stroke:var(--muted);stroke-width:1.5;stroke-dasharray:8 "
    "4}line.oracle{stroke:var(--muted);stroke-width:1.5}\n",
    ".c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var("
    "--c4)}",
    ".c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}use{fill:currentColor}\n",
    ".seed{stroke:var(--bg);stroke-width:1}.node{stroke:var(--bg);stroke-width:1}\n",
    "line.interval{stroke:currentColor;stroke-width:3;opacity:.55}line.point{stroke:currentColor;"
    "stroke-width:3}\n",
    "path.curve,path.thin{fill:none;stroke:currentColor;stroke-width:2.2;vector-effect:non-scaling-"
    "stroke}",
    "path.thin{stroke-width:1;opacity:.65}path.band{fill:currentColor;opacity:.15}line.level{"
    "stroke:currentColor;",
    "stroke-width:2.2;stroke-dasharray:7 4}line.thin.level{stroke-width:1;opacity:.65}\n",
    "text.end{fill:currentColor;font-weight:600}\n",
    "@media(min-width:900px){.end{display:block}.plot.curves:not(.small){width:calc(100% - "
    "220px);margin-right:166px}",
    ".legend{display:none}}\n",
    // tables
    ".scroll{overflow-x:auto;margin:0 0 16px}table{border-collapse:collapse;font-size:.9rem;",
    "font-variant-numeric:tabular-nums}th,td{text-align:left;vertical-align:top;padding:6px 14px "
    "6px 0;",
    "border-bottom:1px solid var(--rule)}thead "
    "th{color:var(--muted);font-weight:500;vertical-align:bottom}\n",
    "th[scope=row]{font-weight:600;white-space:nowrap}.number{text-align:right;white-space:nowrap}"
    "td.text{min-width:180px}\n",
    "tr.more td{padding-top:0}tbody "
    "tr:has(+.more)>*{border-bottom:0}.prose{max-width:70ch;min-width:260px;white-space:normal}\n",
    ".metrics "
    ".prose{display:inline-block;min-width:150px;max-width:190px;color:var(--muted);text-align:"
    "right}\n",
    ".matrix td.heat{text-align:center;padding:12px 22px;font-size:1.05rem;border:2px solid "
    "var(--bg)}\n",
    ".matrix th,.matrix td{border-color:transparent}.fate{white-space:nowrap;padding:6px 10px}\n",
    ".tensors td{border-right:2px solid var(--bg)}.copied{background:rgb(var(--heat) / .14)}\n",
    "details{margin:0 0 10px}summary{cursor:pointer;padding:6px "
    "0;font-weight:600}summary:hover{color:var(--accent)}\n",
    "dt{font-weight:600;margin-top:10px}dd{margin:0}dl,details>p{max-width:75ch}:focus-visible{"
    "outline:2px solid ",
    "var(--accent);outline-offset:2px}\n",
    "@media(max-width:600px){main{padding:20px 16px "
    "40px}h1{font-size:1.6rem}.big{font-size:2.2rem}}\n",
    "@media print{details{display:block}.scroll{overflow:visible}figure{break-inside:avoid}}\n",
};

void co_report_put_style(co_buf *out) {
  co_buf_puts(out, "<style>\n");
  for (size_t i = 0; i < sizeof style / sizeof *style; i++) co_buf_puts(out, style[i]);
  co_buf_puts(out, "</style>\n");
}
