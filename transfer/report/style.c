// The style sheet. One set of variables per mode; everything else refers to them. Strategy colours
// are those of Okabe and Ito ("Color Universal Design", 2008), darkened for a light page and
// lightened for a dark one until each has a contrast of 3:1 or more with it, as WCAG 2.1 asks of
// graphics; words, of which it asks 4.5:1, have other colours. Shapes tell strategies apart as
// well.

#include "transfer/report/private/parts.h"

#include <string.h>

// A variable with its values on a light and on a dark page.
typedef struct shade {
  const char *name, *light, *dark;
} shade;

static const shade shades[] = {
    {"bg", "#fff", "#14181d"},        {"panel", "#f6f7f9", "#1c2229"},
    {"text", "#1a1f26", "#e8ebef"},   {"muted", "#565f6b", "#a3adb9"},
    {"rule", "#d9dde3", "#38414c"},   {"grid", "#e6e9ed", "#272e37"},
    {"accent", "#0067a3", "#6cbcf0"}, {"heat", "0 114 178", "86 180 233"},
    {"good", "#00694f", "#4fcfa6"},   {"middling", "#855a00", "#e9b44c"},
    {"bad", "#a93f00", "#ff9a66"},    {"c0", "#3f4752", "#c4ccd6"},
    {"c1", "#0072b2", "#58a9ea"},     {"c2", "#c94f00", "#f58045"},
    {"c3", "#00805e", "#2fc295"},     {"c4", "#a94d86", "#dc94c2"},
    {"c5", "#a87000", "#efb02e"},     {"c6", "#2b87bd", "#93d6f7"},
    {"c7", "#7d7500", "#e6dc52"},
};
enum { SHADES = sizeof shades / sizeof *shades };

// of charts, on the page and in files of their own
static const char *const chart_style[] = {
    ".c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}",
    ".c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}",
    "text{font-size:13px;fill:var(--text);font-variant-numeric:tabular-nums}",
    "text.tick,text.unit,text.reference{fill:var(--muted)}",
    "text.tick,text.reference{font-size:12px}",
    "text.label{font-weight:600}",
    "text.reference{paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}",
    "text.end{font-weight:600}",
    "text.end-reference{fill:var(--muted);font-weight:400}",
    "line.gridline{stroke:var(--grid)}",
    "line.rule{stroke:var(--rule)}",
    "line.zero{stroke:var(--text);stroke-width:1.5}",
    "line.random,line.zero-shot,line.oracle{stroke:var(--muted);stroke-width:1.5}",
    "line.random{stroke-dasharray:2 3}",
    "line.zero-shot{stroke-dasharray:8 4}",
    "line.interval{stroke:currentColor;stroke-width:2}",
    "line.point{stroke:currentColor;stroke-width:3}",
    "use{fill:currentColor}",
    "use.seed,use.node{stroke:var(--bg);stroke-width:1}",
    "path.curve,path.thin{fill:none;stroke:currentColor;vector-effect:non-scaling-stroke}",
    "path.curve,line.level{stroke-width:2.2}",
    "path.thin,line.thin{stroke-width:1}",
    "path.band{fill:currentColor;opacity:.15}",
    "line.level{stroke:currentColor;stroke-dasharray:7 4}",
};

static const char *const style[] = {
    ":root{color-scheme:light dark}",
    // text
    "*{box-sizing:border-box}",
    "body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif}",
    "main{max-width:1120px;margin:0 auto;padding:28px 20px 48px}",
    "header{margin-bottom:20px}",
    "section{margin:0 0 44px}",
    "section.target{border-top:1px solid var(--rule);padding-top:22px}",
    "h1{font-size:2rem;line-height:1.2;margin:0;overflow-wrap:anywhere}",
    "h2{font-size:1.3rem;line-height:1.3;margin:0 0 8px;overflow-wrap:anywhere}",
    "h2 small{color:var(--muted);font-weight:400}",
    "h3{font-size:1rem;margin:20px 0 8px}",
    "p{margin:0 0 10px}",
    "small{font-size:.85em}",
    ".kicker{color:var(--muted);font-size:.85rem;margin:0}",
    ".facts,.caption,footer,figcaption{color:var(--muted);font-size:.9rem}",
    ".caption,dl,details>p{max-width:80ch}",
    ".none{color:var(--muted);font-style:italic}",
    "code,pre{font:.85em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}",
    "code{overflow-wrap:anywhere}",
    "pre{background:var(--panel);padding:14px;border-radius:6px;overflow:auto;max-height:480px}",
    "dt{font-weight:600;margin-top:10px}",
    "dd{margin:0}",
    "details{margin:0 0 10px}",
    "summary{cursor:pointer;padding:6px 0;font-weight:600}",
    "summary:hover{color:var(--accent)}",
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px}",
    "footer{border-top:1px solid var(--rule);padding-top:12px}",
    // verdict, headline number, notices
    ".verdict{background:var(--panel);border-left:4px solid var(--accent);margin-bottom:24px}",
    ".verdict{border-radius:0 8px 8px 0;padding:16px 20px 8px}",
    ".verdict h2{font-size:.85rem;color:var(--muted);font-weight:600;margin:0 0 4px}",
    ".verdict p{max-width:85ch;overflow-wrap:anywhere}",
    ".verdict .lead{font-size:1.15rem;line-height:1.4;overflow-wrap:break-word}",
    ".headline{display:flex;gap:18px;align-items:center;margin:14px 0 20px}",
    ".headline p{margin:0}",
    ".headline .big{font-size:2.8rem;line-height:1;font-weight:650;white-space:nowrap}",
    ".notice{border:1px solid var(--middling);border-left-width:4px;border-radius:0 6px 6px 0}",
    ".notice{padding:8px 14px;margin-bottom:20px}",
    ".badge{display:inline-block;border:1px solid currentColor;border-radius:99px}",
    ".badge{padding:0 9px;font-size:.8rem;white-space:nowrap}",
    ".good{color:var(--good)}.middling{color:var(--middling)}.bad,.alarm{color:var(--bad)}",
    // figures
    "figure{margin:0 0 20px;min-width:0}",
    "figcaption{margin-bottom:10px}",
    "figcaption b{color:var(--text)}",
    ".grid figure.wide{grid-column:1/-1}"
    "img{max-width:100%;height:auto;border-radius:6px}",
    ".replay iframe{display:block;width:100%;height:min(75vh,520px);border:1px solid var(--rule);"
    "border-radius:6px}",
    ".grid{display:grid;gap:8px 40px}",
    ".grid{grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}",
    ".grid.three{grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr))}",
    ".marks{position:absolute}",
    ".strategy{white-space:nowrap}",
    ".chip{width:12px;height:12px;margin-right:6px;overflow:visible}",
    ".chip use{transform:translate(6px,7px)}",
    ".legend{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:.9rem}",
    // the plot area; its labels stand in the margins
    ".plot{display:block;overflow:visible;width:calc(100% - 28px);margin:0 14px}",
    ".sample{width:22px;height:14px;margin-right:6px}",
    ".plot.curves{width:calc(100% - 66px);margin:6px 12px 0 54px}",
    "#carry-over .plot{max-width:640px}",
    ".end{display:none}",
    "@media(min-width:900px){",
    ".end{display:block}",
    ".legend{display:none}",
    ".plot.curves:not(.small){width:calc(100% - 244px);margin-right:190px}",
    "}",
    // tables
    ".scroll{overflow-x:auto;margin:0 0 16px}",
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}",
    "th,td{text-align:left;vertical-align:top;padding:6px 14px 6px 0}",
    "th,td{border-bottom:1px solid var(--rule)}",
    "thead th{color:var(--muted);font-weight:500;vertical-align:bottom}",
    "th[scope=row]{font-weight:600;white-space:nowrap}",
    ".scroll th[scope=row]{position:sticky;left:0;background:var(--bg)}",
    ".number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}",
    "thead th.number{white-space:normal}",
    "thead th.number{min-width:5em}",
    "td.text{min-width:130px}",
    "td code,th code{overflow-wrap:normal}",
    "tr.more td{padding-top:0}",
    "tbody tr:has(+.more)>*{border-bottom:0}",
    ".prose{max-width:min(90ch,100vw - 36px);white-space:normal;position:sticky;left:0}",
    ".metrics .prose{display:inline-block;min-width:110px;max-width:160px;color:var(--muted)}",
    ".matrix th,.matrix td{border-color:transparent;vertical-align:middle}",
    ".matrix .heat{text-align:center;padding:12px 22px;font-size:1.05rem;border:2px solid "
    "var(--bg)}",
    ".tensors td{border-right:2px solid var(--bg)}",
    ".fate{white-space:nowrap;padding:6px 10px}",
    ".copied{background:rgb(var(--heat) / .14)}",
    // phones, paper
    "@media(max-width:600px){",
    "main{padding:20px 16px 40px}",
    "h1{font-size:1.6rem}",
    ".headline{display:block}",
    ".headline .big{font-size:2.2rem}",
    "th[scope=row]{white-space:normal;max-width:150px}",
    "th[scope=row] .strategy{display:block;max-width:150px;overflow:hidden;text-overflow:"
    "ellipsis}",
    ".matrix .heat{padding:12px 8px}",
    "figure.wide:has(>img){overflow-x:auto}",  // film strips
    "figure.wide>img{max-width:none;width:760px}",
    "}",
    "@media print{.scroll{overflow:visible}.replay{display:none}figure{break-inside:avoid}}",
};

static void put_shades(co_buf *out, bool dark) {
  co_buf_puts(out, ":root{");
  for (int i = 0; i < SHADES; i++)
    co_buf_printf(out, "%s--%s:%s", i ? ";" : "", shades[i].name,
                  dark ? shades[i].dark : shades[i].light);
  co_buf_puts(out, "}\n");
}

static void put_all(co_buf *out, const char *const *lines, size_t count) {
  for (size_t i = 0; i < count; i++) co_buf_printf(out, "%s\n", lines[i]);
}

void co_report_put_style(co_buf *out) {
  co_buf_puts(out, "<style>\n");
  put_shades(out, false);
  co_buf_puts(out, "@media(prefers-color-scheme:dark){");
  put_shades(out, true);
  co_buf_puts(out, "}\n");
  put_all(out, chart_style, sizeof chart_style / sizeof *chart_style);
  put_all(out, style, sizeof style / sizeof *style);
  co_buf_puts(out, "</style>\n");
}

// A line of the style sheet with the light page's values in place of its variables.
static void put_plain_line(co_buf *out, const char *line) {
  static const char var[] = "var(--";
  for (const char *at; (at = strstr(line, var)); line = strchr(at, ')') + 1) {
    co_buf_add(out, line, (size_t)(at - line));
    at += sizeof var - 1;
    size_t size = strcspn(at, ")");
    for (int i = 0; i < SHADES; i++)
      if (strlen(shades[i].name) == size && memcmp(shades[i].name, at, size) == 0)
        co_buf_puts(out, shades[i].light);
  }
  co_buf_printf(out, "%s\n", line);
}

void co_report_put_chart_style(co_buf *out) {
  co_buf_puts(out, "<style>\n");
  co_buf_puts(out, "svg{font-family:Helvetica,Arial,sans-serif;overflow:visible}\n");
  for (size_t i = 0; i < sizeof chart_style / sizeof *chart_style; i++)
    put_plain_line(out, chart_style[i]);
  co_buf_puts(out, "</style>\n");
}
