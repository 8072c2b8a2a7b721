'use client';

import { Select, TextArea, TextField } from '#components/ui/field.tsx';
import { formatNumber, formatSignedMoney } from '#components/ui/format.ts';
import { Prose } from '#components/ui/prose.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import {
  type deployProblem,
  MOST_SOAK_MINUTES,
  moveRegion,
  needsException,
  type OrderName,
  orderName,
  toggleRegion,
} from './pipeline-request.ts';
import type { DeployModel, DeployPreview, DeployRequest, DeploySchedule } from './pipeline-request-model.ts';

interface PartProps {
  model: DeployModel;
  request: DeployRequest;
  onChange: (part: Partial<DeployRequest>) => void;
}

type Problem = ReturnType<typeof deployProblem>;

const errorOf = (problem: Problem, field: NonNullable<Problem>['field']) =>
  problem?.field === field ? problem.message : undefined;

/** Part 1: which release, where, in which order, when; and what that changes in each Region. */
export function DeployChange({
  model,
  request,
  onChange,
  problem,
  message,
  preview,
  pending,
}: PartProps & {
  problem: Problem;
  /** What the server said against it. */
  message: string | null;
  preview: DeployPreview | null;
  pending: boolean;
}) {
  const release = model.releases.find(({ version }) => version === request.version);
  return (
    <>
      <Select
        label="Release"
        value={request.version}
        error={errorOf(problem, 'version')}
        hint={release === undefined ? undefined : `${release.notes} Schema: ${release.schema}.`}
        options={[
          ...(release === undefined ? [{ value: request.version, label: 'Choose a release' }] : []),
          ...model.releases.map(({ version, refused, staging }) => ({
            value: version,
            label: `${version}${refused !== null ? ', refused' : staging === null && model.provenIn !== null ? `, not proven in ${model.provenIn}` : ''}`,
          })),
        ]}
        onChange={(event) => onChange({ version: event.target.value })}
      />
      {needsException(request, model) ? (
        <TextArea
          label={
            <>
              Why without {model.provenIn} <span className="muted regular">needed, stands with the plan</span>
            </>
          }
          error={request.stagingException === '' ? undefined : errorOf(problem, 'staging')}
          maxLength={500}
          value={request.stagingException}
          onChange={(event) => onChange({ stagingException: event.target.value })}
        />
      ) : null}
      <Order model={model} request={request} onChange={onChange} />
      <div className="when-picks spaced">
        <When model={model} request={request} onChange={onChange} error={errorOf(problem, 'at')} />
        <TextField
          label="Soak in each Region, min"
          type="number"
          inputMode="numeric"
          min={1}
          max={MOST_SOAK_MINUTES}
          className="num"
          error={errorOf(problem, 'soak')}
          hint={soakHint(request.soakMinutes, model.timeScale)}
          value={request.soakMinutes ?? ''}
          onChange={(event) =>
            onChange({ soakMinutes: event.target.value === '' ? null : event.target.valueAsNumber })
          }
        />
      </div>
      {message === null ? null : (
        <div className="err" role="alert">
          <StatusShape status="critical" />
          <span>
            <Prose text={message} />
          </span>
        </div>
      )}
      {preview === null ? null : (
        <div className="busy-region" aria-busy={pending}>
          <Effects preview={preview} />
        </div>
      )}
    </>
  );
}

function soakHint(minutes: number | null, timeScale: number): string {
  if (minutes === null || !Number.isFinite(minutes)) return 'The strategy says 30 min.';
  return timeScale === 1
    ? 'The strategy says 30 min.'
    : `${formatNumber((minutes * 60) / timeScale)} s here, at 1:${timeScale}. The strategy says 30 min.`;
}

const ORDERS: readonly { value: OrderName; label: string; title: string }[] = [
  { value: 'strategy', label: 'Strategy’s', title: 'The order of the strategy document' },
  { value: 'recommended', label: 'Smallest first', title: 'The fewest users first, the writer last' },
  { value: 'own', label: 'Own', title: 'As set below' },
];

/** Which Regions, and in which order; a Region is moved by its two buttons. */
function Order({ model, request, onChange }: PartProps) {
  const { regions } = request;
  const strategy = model.regions.map(({ code }) => code);
  const name = orderName(regions, model);
  const left = model.regions.filter(({ code }) => !regions.includes(code));
  const choose = (wanted: OrderName) => {
    if (wanted === 'strategy') onChange({ regions: strategy.filter((code) => regions.includes(code)) });
    if (wanted === 'recommended')
      onChange({
        regions: (model.recommended?.regions ?? strategy).filter((code) => regions.includes(code)),
      });
  };
  return (
    <div className="spaced">
      <div className="spread">
        <span className="label">Regions, in this order</span>
        {regions.length > 1 ? (
          <Segmented
            label="Order"
            value={name}
            options={ORDERS.filter(({ value }) =>
              value === 'recommended' ? model.recommended !== null : value !== 'own' || name === 'own',
            )}
            onChange={choose}
          />
        ) : null}
      </div>
      <ol className="order-list">
        {[...regions, ...left.map(({ code }) => code)].map((code) => (
          <OrderRow
            key={code}
            code={code}
            serves={model.regions.find((region) => region.code === code)?.serves ?? null}
            order={regions}
            onToggle={() => onChange({ regions: toggleRegion(regions, code, strategy) })}
            onMove={(by) => onChange({ regions: moveRegion(regions, code, by) })}
          />
        ))}
      </ol>
      {model.recommended === null ? null : (
        <p className="hint">
          {name === 'recommended' ? '' : 'Smallest first is recommended: '}
          <Prose text={model.recommended.reason} />
        </p>
      )}
    </div>
  );
}

interface OrderRowProps {
  code: string;
  serves: string | null;
  order: readonly string[];
  onToggle: () => void;
  onMove: (by: -1 | 1) => void;
}

function OrderRow({ code, serves, order, onToggle, onMove }: OrderRowProps) {
  const at = order.indexOf(code);
  const on = at !== -1;
  return (
    <li className={on ? undefined : 'muted'}>
      <span className="muted order">{on ? at + 1 : ''}</span>
      <label className="check">
        <input type="checkbox" checked={on} onChange={onToggle} />
        <span>{code}</span>
      </label>
      <span className="muted">{serves === null ? 'version unknown' : `serves ${serves}`}</span>
      <span className="movers">
        <button
          type="button"
          className="mover"
          aria-label={`${code} earlier`}
          disabled={!on || at === 0}
          onClick={() => onMove(-1)}
        >
          <svg viewBox="0 0 8 5" aria-hidden="true">
            <path d="M.5 4.5h7L4 .8z" fill="currentColor" />
          </svg>
        </button>
        <button
          type="button"
          className="mover"
          aria-label={`${code} later`}
          disabled={!on || at === order.length - 1}
          onClick={() => onMove(1)}
        >
          <svg viewBox="0 0 8 5" aria-hidden="true">
            <path d="M.5.5h7L4 4.2z" fill="currentColor" />
          </svg>
        </button>
      </span>
    </li>
  );
}

const TIMES = [
  { value: 'now', label: 'When approved' },
  { value: 'at', label: 'At a time' },
  { value: 'low-traffic', label: 'Quiet hours' },
] as const;

function When({ model, request, onChange, error }: PartProps & { error: string | undefined }) {
  const { schedule, regions } = request;
  const choose = (kind: DeploySchedule['kind']) =>
    onChange({ schedule: kind === 'at' ? { kind, at: '' } : { kind } });
  return (
    <div className="when">
      <span className="label">Begins</span>
      <Segmented label="Begins" value={schedule.kind} options={TIMES} onChange={choose} />
      {schedule.kind === 'at' ? (
        <TextField
          label={<span className="sr">Day and time, UTC</span>}
          type="datetime-local"
          error={schedule.at === '' ? undefined : error}
          hint="UTC"
          value={schedule.at.slice(0, 16)}
          onChange={(event) =>
            onChange({
              schedule: { kind: 'at', at: event.target.value === '' ? '' : `${event.target.value}:00Z` },
            })
          }
        />
      ) : null}
      {schedule.kind === 'low-traffic' ? (
        <p className="hint">
          {regions
            .map((code) => {
              const quiet = model.regions.find((region) => region.code === code)?.quiet ?? null;
              return `${code} ${quiet ?? 'not known yet, so it does not wait'}`;
            })
            .join(', ')}
          .
        </p>
      ) : null}
    </div>
  );
}

function Effects({ preview }: { preview: DeployPreview }) {
  return (
    <>
      <table className="tight flush spaced deploy-effects">
        <thead>
          <tr>
            <th>
              <span className="sr">Region</span>
            </th>
            <th>Version</th>
            <th>Pods</th>
            <th>Begins</th>
          </tr>
        </thead>
        <tbody>
          {preview.regions.map(({ region, before, after, pods, image, start }) => (
            <tr key={region}>
              <td>{region}</td>
              <td className="nowrap" title={image}>
                <span className="ba">{before} →</span> <b>{after}</b>
              </td>
              <td>{pods}</td>
              <td className="soft">
                <Prose text={start} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="spread small below-chart">
        <span className="soft nowrap">Price</span>
        <span className="num-wrap">
          <span className="muted">{preview.price.basis}</span>{' '}
          <b className="nowrap">{formatSignedMoney(preview.price.monthlyDollars)} /month</b>
        </span>
      </div>
    </>
  );
}
