import { readFile } from 'node:fs/promises';
import path from 'node:path';
import PDFDocument from 'pdfkit';
import { type Cell, type Column, documentOf, lineText, type Section, type Tone } from './document.ts';
import type { RecoveryReport } from './report.ts';
import type { ReportSeal } from './seal.ts';

const FONT = path.join(import.meta.dirname, 'fonts/geist-regular.ttf');
const MARGIN = 48;
const SIZE = { title: 18, heading: 12, body: 9, small: 7 };
const COLOURS: Record<Tone, string> = {
  ok: '#17663a',
  warning: '#8a5a00',
  critical: '#b3261e',
  plain: '#1a1a1a',
};
const QUIET = '#666666';
const RULE = '#d9d9d9';

/** The report as a PDF of A4 pages, with the same sections as the HTML. */
export async function renderPdf(report: RecoveryReport, seal: ReportSeal): Promise<Buffer> {
  const document = documentOf(report);
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    info: {
      Title: `${report.operation.id}: ${document.title}`,
      Producer: 'Meridian',
      CreationDate: new Date(seal.signedAt),
    },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => pdf.once('end', resolve).once('error', reject));
  pdf.registerFont('text', await readFile(FONT));
  pdf.font('text');
  write(pdf, document.subtitle, { size: SIZE.body, colour: QUIET });
  write(pdf, document.title, { size: SIZE.title });
  write(pdf, document.answer, { size: SIZE.heading, colour: COLOURS[document.tone], after: 6 });
  for (const section of document.sections) drawSection(pdf, section);
  heading(pdf, 'Seal');
  write(pdf, `SHA-256 of the report as canonical JSON: ${seal.sha256}`, { size: SIZE.small });
  write(
    pdf,
    `Signed ${seal.signedAt} by key ${seal.key} over that hash and audit row ${seal.head.seq} (${seal.head.hash}): ${seal.signature}`,
    { size: SIZE.small },
  );
  numberPages(pdf, report.operation.id);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

type Pdf = InstanceType<typeof PDFDocument>;

function widthOf(pdf: Pdf): number {
  return pdf.page.width - 2 * MARGIN;
}

function write(pdf: Pdf, text: string, style: { size: number; colour?: string; after?: number }): void {
  pdf
    .fontSize(style.size)
    .fillColor(style.colour ?? COLOURS.plain)
    .text(text, MARGIN, pdf.y, { width: widthOf(pdf), lineGap: 1.5 });
  pdf.y += style.after ?? 2;
}

/** A new page where less than this is left. */
function keep(pdf: Pdf, height: number): void {
  if (pdf.y + height > pdf.page.height - MARGIN) pdf.addPage();
}

function heading(pdf: Pdf, title: string): void {
  pdf.y += 10;
  keep(pdf, 48);
  write(pdf, title, { size: SIZE.heading, after: 4 });
}

function drawSection(pdf: Pdf, section: Section): void {
  heading(pdf, section.title);
  if (section.note) write(pdf, section.note, { size: SIZE.body, colour: QUIET, after: 4 });
  switch (section.kind) {
    case 'pairs':
      for (const { label, value } of section.pairs) drawRow(pdf, [{ text: label }, value], [0.3, 0.7]);
      return;
    case 'lines':
      for (const line of section.lines) {
        keep(pdf, SIZE.body * 2);
        write(pdf, lineText(line), { size: SIZE.body });
      }
      return;
    case 'table': {
      const widths = columnWidths(section.columns);
      const align = section.columns.map(({ number }) => (number ? ('right' as const) : ('left' as const)));
      drawRow(
        pdf,
        section.columns.map(({ label }) => ({ text: label })),
        widths,
        { align, colour: QUIET },
      );
      for (const row of section.rows) drawRow(pdf, row, widths, { align });
      return;
    }
    default:
      section satisfies never;
  }
}

/** Numbers get little, the others share what is left by their weights. */
function columnWidths(columns: readonly Column[]): number[] {
  const narrow = 0.13;
  const weightOf = ({ number, weight = 1 }: Column) => (number ? 0 : weight);
  const left = 1 - columns.filter(({ number }) => number).length * narrow;
  const weights = columns.reduce((sum, column) => sum + weightOf(column), 0);
  return columns.map((column) => (column.number ? narrow : (weightOf(column) / weights) * left));
}

const GAP = 8;

function drawRow(
  pdf: Pdf,
  cells: readonly Cell[],
  shares: readonly number[],
  style: { align?: readonly ('left' | 'right')[]; colour?: string } = {},
): void {
  pdf.fontSize(SIZE.body);
  const widths = shares.map((share) => share * widthOf(pdf) - GAP);
  const heights = cells.map(({ text }, i) =>
    pdf.heightOfString(text || ' ', { width: widths[i] ?? 0, lineGap: 1.5 }),
  );
  const height = Math.max(...heights) + 4;
  keep(pdf, height);
  const top = pdf.y;
  let left = MARGIN;
  for (const [i, { text, tone }] of cells.entries()) {
    pdf
      .fillColor(style.colour ?? COLOURS[tone ?? 'plain'])
      .text(text, left, top, { width: widths[i] ?? 0, align: style.align?.[i] ?? 'left', lineGap: 1.5 });
    left += (widths[i] ?? 0) + GAP;
  }
  pdf
    .moveTo(MARGIN, top + height - 2)
    .lineTo(MARGIN + widthOf(pdf), top + height - 2)
    .lineWidth(0.5)
    .strokeColor(RULE)
    .stroke();
  pdf.y = top + height;
}

function numberPages(pdf: Pdf, operation: string): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let i = 0; i < count; i += 1) {
    pdf.switchToPage(start + i);
    // Below the margin a line of text would begin another page.
    pdf.page.margins.bottom = 0;
    pdf
      .fontSize(SIZE.small)
      .fillColor(QUIET)
      .text(`${operation}, page ${i + 1} of ${count}`, MARGIN, pdf.page.height - MARGIN / 2 - SIZE.small, {
        width: widthOf(pdf),
        align: 'right',
        lineBreak: false,
      });
    pdf.page.margins.bottom = MARGIN;
  }
}
