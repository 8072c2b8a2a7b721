import { StatusShape, statusText } from '#components/ui/status.tsx';
import type { ShellModel } from './model.ts';

/** Where this console and its database stand; what stands in a Region that fails has its colour, and a shape that says so. */
export function Home({ home }: { home: ShellModel['home'] }) {
  const { region, databaseRegion = region, lost, warning, status = 'warning' } = home;
  const tone = (code: string) => (warning !== undefined && code === lost ? statusText(status) : undefined);
  const together = region === databaseRegion;
  return (
    <>
      <span className="opt">{together ? 'Console and database' : 'Console'}</span>
      <b className={tone(region)}>{region}</b>
      {together ? null : (
        <span className={tone(databaseRegion) === undefined ? 'elsewhere' : undefined}>
          <span className="muted">database</span> <b className={tone(databaseRegion)}>{databaseRegion}</b>
        </span>
      )}
      {warning === undefined ? null : <StatusShape status={status} label={warning} />}
    </>
  );
}
