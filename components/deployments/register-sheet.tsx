'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextArea, TextField } from '#components/ui/field.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { SchemaChange } from '#lib/domain/release/release.ts';
import type { DeploymentsActions, RegisterDraft, RegisterModel } from './model.ts';
import { fieldSentence, missingOf, problemsOf } from './register-draft.ts';

interface RegisterSheetProps {
  register: RegisterModel;
  action: DeploymentsActions['register'];
  onClose: () => void;
}

const SCHEMAS: readonly { value: SchemaChange; label: string; hint: string }[] = [
  { value: 'none', label: 'None', hint: 'The schema stays as it is: it can be rolled back.' },
  {
    value: 'expand',
    label: 'Expand',
    hint: 'It only adds: the version before still works on it, so it can be rolled back.',
  },
  {
    value: 'contract',
    label: 'Contract',
    hint: 'It takes away what older versions use: there is no rollback past it.',
  },
];

const BLANK: RegisterDraft = {
  version: '',
  digest: '',
  schema: 'none',
  schemaNote: '',
  notes: '',
  changeUrl: '',
  author: '',
};

/** Registers a version as one image, for good. It deploys nothing. */
export default function RegisterSheet({ register, action, onClose }: RegisterSheetProps) {
  const router = useRouter();
  const [draft, setDraft] = useState(BLANK);
  const { busy, failure, run } = useAction(({ href }) => {
    onClose();
    if (href !== undefined) router.push(href);
  });
  const problems = problemsOf(draft);
  const blocked = missingOf(draft) ?? Object.values(problems)[0];
  /** What a field carries: its value, what is wrong with it, and how it is changed. */
  const field = (name: keyof RegisterDraft) => {
    const refused = failure?.fields?.[name];
    return {
      value: draft[name],
      error: problems[name] ?? (refused === undefined ? undefined : fieldSentence(refused)),
      onChange: (event: { target: { value: string } }) => setDraft({ ...draft, [name]: event.target.value }),
    };
  };
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Register a release"
      note="it deploys nothing"
      footer={
        <>
          <FailureNote failure={failure} verb="Not registered" />
          <span className="why">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="primary" busy={busy} reason={blocked} onClick={() => run(() => action(draft))}>
            Register
          </Button>
        </>
      }
    >
      <section className="part">
        <h2>
          What it is <span className="right">a version is one image for good</span>
        </h2>
        <TextField
          label="Version"
          placeholder="v2.1.0"
          autoComplete="off"
          spellCheck={false}
          maxLength={60}
          hint="Never a tag that moves, such as latest."
          {...field('version')}
        />
        <TextField
          label="Image digest"
          className="mono"
          placeholder="sha256:…"
          autoComplete="off"
          spellCheck={false}
          maxLength={80}
          hint="Of the image’s manifest, as the push printed it: the same in every Region’s registry."
          {...field('digest')}
        />
      </section>
      <section className="part">
        <h2>What it does to the database</h2>
        <Select
          label="Schema change"
          options={SCHEMAS}
          hint={SCHEMAS.find(({ value }) => value === draft.schema)?.hint}
          {...field('schema')}
        />
        <TextArea
          label="Statement on compatibility"
          placeholder="Adds orders.gift, which older code does not read."
          maxLength={2000}
          {...field('schemaNote')}
        />
      </section>
      <section className="part">
        <h2>
          Where it comes from <span className="right">optional</span>
        </h2>
        <TextField
          label="Change link"
          placeholder="https://git.example.com/shop/pull/812"
          type="url"
          maxLength={500}
          {...field('changeUrl')}
        />
        <TextField
          label="Author"
          placeholder={register.author}
          maxLength={200}
          hint="Whoever wrote the change never counts as its approver."
          {...field('author')}
        />
        <TextArea label="Notes" rows={4} maxLength={10_000} {...field('notes')} />
      </section>
    </Sheet>
  );
}
