'use client';

import { useState } from 'react';
import { openPalette, openShortcuts } from '#components/shell/overlays.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { Select, TextArea, TextField } from '#components/ui/field.tsx';
import { CellHead, DefinitionList, PageHead } from '#components/ui/layout.tsx';
import type { Status } from '#components/ui/model.ts';
import { Note } from '#components/ui/note.tsx';
import { Quantity } from '#components/ui/quantity.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Empty, Loading, ProblemState } from '#components/ui/states.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import { notify } from '#components/ui/toast-store.ts';
import { TypedConfirm } from '#components/ui/typed-confirm.tsx';
import { reading } from './fixtures/base.ts';

const STATUSES: readonly [Status, string][] = [
  ['ok', 'Measured, within target, fresh.'],
  ['warning', 'Past a threshold, service continues.'],
  ['critical', 'Users are affected, or recovery would fail.'],
  ['unknown', 'No fresh observation. Treated as not safe.'],
  ['held', 'A person or a rule stopped it: paused, frozen, refused.'],
  ['running', 'Progress, not health: uses the accent.'],
  ['waiting', 'Not begun.'],
];

/** The component sheet: every piece in every state it can be in. */
export function Pieces() {
  const [open, setOpen] = useState<'dialog' | 'typed' | null>(null);
  const [choice, setChoice] = useState<'one' | 'two'>('one');
  const close = () => setOpen(null);
  return (
    <>
      <PageHead
        answer="Component sheet"
        detail="Every piece in every state it can be in. What is not here is built from what is here."
      />
      <div className="sheetgrid">
        <section>
          <CellHead title="Status: shape, then word, then colour" />
          <table className="tight flush">
            <tbody>
              {STATUSES.map(([status, meaning]) => (
                <tr key={status}>
                  <td>
                    <StatusWord status={status}>{status}</StatusWord>
                  </td>
                  <td>
                    <StatusShape status={status} label={status} />
                  </td>
                  <td className="soft">{meaning}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <section>
          <CellHead title="Values" note="fresh, past a threshold, stale, unknown" />
          <DefinitionList
            items={[
              { term: 'Fresh', description: <Quantity reading={reading(131)} unit="ms" /> },
              {
                term: 'Past a threshold',
                description: <Quantity reading={reading(6.2)} unit="s" format="seconds" status="warning" />,
              },
              {
                term: 'Stale',
                description: <Quantity reading={reading(131, 192)} unit="ms" status="warning" />,
              },
              { term: 'Unknown', description: <Quantity reading={reading(null)} unit="ms" /> },
            ]}
          />
        </section>
        <section className="w4">
          <CellHead title="Buttons" />
          <div className="demo">
            <div className="inline">
              <Button tone="primary">Request approval</Button>
              <Button>Save draft</Button>
              <Button tone="quiet">Cancel</Button>
            </div>
            <div className="inline">
              <Button tone="danger">Abort</Button>
              <Button tone="danger-solid">Promote eu-west-1</Button>
              <Button tone="primary" busy>
                Requesting
              </Button>
            </div>
          </div>
        </section>
        <section className="w4">
          <CellHead title="Disabled says which rule" />
          <div className="demo">
            <Button reason="OP-1042 holds production, about 9 min." reasonAt="beside">
              Shift traffic
            </Button>
            <div className="inline">
              <Button reason="You requested this.">Approve</Button>
              <span className="why">the rule stands above the button</span>
            </div>
          </div>
        </section>
        <section className="w4">
          <CellHead title="Floating" />
          <div className="inline">
            <Button onClick={() => setOpen('dialog')}>Dialog</Button>
            <Button onClick={() => setOpen('typed')}>Typed name</Button>
            <Button
              onClick={() =>
                notify({ status: 'ok', title: 'OP-1042 approved.', text: 'Step 1 begins at 09:30.' })
              }
            >
              Toast
            </Button>
            <Button onClick={openPalette}>Palette</Button>
            <Button onClick={openShortcuts}>Shortcuts</Button>
          </div>
        </section>
        <section>
          <CellHead title="Form fields" />
          <div className="picks">
            <TextField
              label="Share of eu-west-1"
              className="num"
              defaultValue="40"
              hint="Percent, 0–100. All Regions sum to 100."
            />
            <TextField
              label="Weight of ap-southeast-1"
              className="num"
              defaultValue="300"
              error="300 is above Route 53’s 255. Use 0 to 255."
            />
          </div>
          <div className="picks">
            <Select label="Interval" options={[{ value: '5', label: '5 min' }]} />
            <TextArea label="Reason" error="Empty. The approver and the audit log need it." />
          </div>
          <Segmented
            label="Choice"
            value={choice}
            onChange={setChoice}
            options={[
              { value: 'one', label: 'One geography' },
              { value: 'two', label: 'Global split' },
            ]}
          />
        </section>
        <section>
          <CellHead title="Notes in line" />
          <div className="demo">
            <Note status="running" title="Waits run at 1:60.">
              A 30 min soak takes 30 s in lab.
            </Note>
            <Note status="warning" title="Mixed versions for 41 min.">
              v2.1.0 and v2.0.0 share one schema.
            </Note>
            <Note status="held" title="Frozen until 25 Nov 06:00 UTC.">
              Sale weekend, INC-204. Rollback is never frozen.
            </Note>
            <Note status="unknown" title="Outcome unknown.">
              The call timed out after 30 s. Reading until it tells; nothing is sent again.
            </Note>
          </div>
        </section>
        <section className="w4">
          <CellHead title="Empty" level={3} />
          <Empty title="No operation has run here." action={<Button>Plan a drill</Button>}>
            Plans, runs and their evidence appear here.
          </Empty>
        </section>
        <section className="w4">
          <CellHead title="Loading, after 300 ms" level={3} />
          <Loading />
        </section>
        <section className="w4">
          <CellHead title="Error" level={3} />
          <ProblemState
            problem={{
              title: 'Cost could not be read',
              message:
                'Cost Explorer answered AccessDenied for role meridian-read. Grant ce:GetCostAndUsage, then try again.',
              requestId: 'req_01JDC8Q4ZV',
            }}
          />
        </section>
      </div>
      <Dialog
        open={open === 'dialog'}
        onOpenChange={close}
        title="Reconnect"
        description="The page shows 09:41:07."
        footer={<Button onClick={close}>Close</Button>}
      />
      <TypedConfirm
        open={open === 'typed'}
        onOpenChange={close}
        title="Disable Aisha Bello"
        consequence="1 session and 2 tokens end at once."
        name="operator2@meridian.local"
        verb="Disable"
        next="They can be enabled again."
        onConfirm={close}
      />
    </>
  );
}
