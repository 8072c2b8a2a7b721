/** The console's tokens (app/styles/tokens.css), as far as one page on paper needs them. */
export const SHEET_STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(oklch(0.997 0.001 245), oklch(0.168 0.007 245));
  --sunken: light-dark(oklch(0.966 0.004 245), oklch(0.218 0.009 245));
  --line: light-dark(oklch(0.918 0.006 245), oklch(0.283 0.011 245));
  --line-strong: light-dark(oklch(0.815 0.01 245), oklch(0.39 0.013 245));
  --text: light-dark(oklch(0.215 0.018 245), oklch(0.945 0.004 245));
  --text-2: light-dark(oklch(0.415 0.016 245), oklch(0.775 0.011 245));
  --critical: light-dark(oklch(0.485 0.193 27.5), oklch(0.72 0.15 25));
  --warning: light-dark(oklch(0.495 0.112 58), oklch(0.78 0.12 75));
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 64rem; padding: 32px 24px 64px; background: var(--bg); color: var(--text);
  font: 400 13px/20px "Geist", ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { margin: 4px 0; font-size: 22px; line-height: 28px; font-weight: 600; }
h2 { margin: 32px 0 8px; font-size: 15px; line-height: 20px; font-weight: 600; }
h3 { margin: 0; font-size: 13px; line-height: 20px; font-weight: 600; }
p { margin: 4px 0; max-width: 75ch; }
.sub, dt, footer { color: var(--text-2); }
.answer { margin: 12px 0 0; padding-left: 12px; border-left: 3px solid currentColor; font-size: 15px; }
.critical { color: var(--critical); font-weight: 600; } .warning { color: var(--warning); }
.regions { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 16px 32px; margin-bottom: 12px; }
ul { margin: 4px 0; padding-left: 16px; }
ol.steps { margin: 0; padding: 0; list-style: none; counter-reset: step; }
ol.steps > li { counter-increment: step; padding: 12px 0 12px 36px; border-top: 1px solid var(--line); position: relative; break-inside: avoid; }
ol.steps > li::before { content: counter(step); position: absolute; left: 0; width: 24px; text-align: right; color: var(--text-2); }
ol.steps > li.final { border-left: 3px solid var(--critical); padding-left: 33px; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: 2px 16px; margin: 4px 0 0; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: 400 11px/16px "Geist Mono", ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 4px 0; padding: 8px; background: var(--sunken); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 48px; font-size: 11px; line-height: 16px; }
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; } .regions > div { break-inside: avoid; }
  .script { break-before: page; }
  pre { background: none; border: 1px solid var(--line-strong); }
}
`;
