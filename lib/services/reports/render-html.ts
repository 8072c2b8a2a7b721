import { type Cell, documentOf, type Line, lineText, type Section } from './document.ts';
import type { RecoveryReport } from './report.ts';
import type { ReportSeal } from './seal.ts';

/** The report as one HTML file that needs nothing else: no script, nothing to load, readable on paper. */
export function renderHtml(report: RecoveryReport, seal: ReportSeal): string {
  const document = documentOf(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${report.operation.id}: ${document.title}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="sub">${escapeHtml(document.subtitle)}</p>
<h1>${escapeHtml(document.title)}</h1>
<p class="answer ${document.tone}">${escapeHtml(document.answer)}</p>
</header>
<main>
${document.sections.map(renderSection).join('\n')}
</main>
<footer>
<p>SHA-256 of the report as canonical JSON: <code>${seal.sha256}</code></p>
<p>Signed ${escapeHtml(seal.signedAt)} by key <code>${escapeHtml(seal.key)}</code> over that hash and audit row ${escapeHtml(seal.head.seq)} (<code>${seal.head.hash}</code>): <code>${escapeHtml(seal.signature)}</code></p>
</footer>
</body>
</html>
`;
}

function renderSection(section: Section): string {
  const note = section.note ? `<p class="note">${escapeHtml(section.note)}</p>` : '';
  return `<section><h2>${escapeHtml(section.title)}</h2>${note}${renderBody(section)}</section>`;
}

function renderBody(section: Section): string {
  switch (section.kind) {
    case 'pairs':
      return `<dl>${section.pairs.map(({ label, value }) => `<dt>${escapeHtml(label)}</dt><dd${toneOf(value)}>${escapeHtml(value.text)}</dd>`).join('')}</dl>`;
    case 'lines':
      return `<ul>${section.lines.map((line) => `<li>${renderLine(line)}</li>`).join('')}</ul>`;
    case 'table': {
      const numeric = (i: number) => (section.columns[i]?.number ? ' number' : '');
      const head = section.columns.map(
        ({ label }, i) => `<th class="${numeric(i).trim()}">${escapeHtml(label)}</th>`,
      );
      const rows = section.rows.map(
        (row) =>
          `<tr>${row.map((cell, i) => `<td class="${`${cell.tone ?? ''}${numeric(i)}`.trim()}">${escapeHtml(cell.text)}</td>`).join('')}</tr>`,
      );
      return `<table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
    }
    default:
      return section satisfies never;
  }
}

function renderLine(line: Line): string {
  const text = escapeHtml(lineText(line));
  return typeof line === 'string' ? text : `<a href="${escapeHtml(line.href)}">${text}</a>`;
}

function toneOf({ tone }: Cell): string {
  return tone ? ` class="${tone}"` : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text of people, AWS and databases goes in as text, whatever it says. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem 4rem; font: 13px/20px "Geist", ui-sans-serif, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 22px; line-height: 28px; font-weight: 600; }
h2 { margin: 2rem 0 .5rem; font-size: 15px; font-weight: 600; }
.sub, .note, footer { opacity: .7; margin: .25rem 0; }
.answer { font-size: 15px; margin: .5rem 0 0; padding-left: .75rem; border-left: 3px solid currentColor; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); vertical-align: top; }
th { font-weight: 500; opacity: .7; }
.number { text-align: right; white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(10rem, 16rem) 1fr; gap: 4px 16px; margin: 0; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1rem; } li { overflow-wrap: anywhere; }
code { font: 11px/16px ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.ok { color: light-dark(#17663a, #6cc48d); } .warning { color: light-dark(#8a5a00, #e0b35a); } .critical { color: light-dark(#b3261e, #f08a80); }
a { color: inherit; }
footer { margin-top: 3rem; font-size: 11px; line-height: 16px; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
`;
