'use client';

import { useState } from 'react';
import { Moment } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { type ActionResult, reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { CommentsModel } from './model.ts';

interface CommentsProps {
  operationId: string;
  comments: CommentsModel;
  comment: (operationId: string, body: string) => Promise<ActionResult>;
}

/** What was said about a request or a run, and a place to say more. */
export function Comments({ operationId, comments, comment }: CommentsProps) {
  const [body, setBody] = useState('');
  const { busy, failure, run } = useAction(() => setBody(''));
  const forbidden = reasonOf(comments.write);
  const blocked = body.trim() === '' ? 'Write something first.' : undefined;
  return (
    <section className="comments" aria-label="Comments">
      <CellHead title="Comments" note="kept for good" />
      {comments.items.length === 0 ? <p className="small soft">Nothing was said yet.</p> : null}
      <ul>
        {comments.items.map(({ id, who, body: said, at }) => (
          <li key={id}>
            <b>{who}</b>{' '}
            <span className="age">
              <Moment at={at} />
            </span>
            <p>{said}</p>
          </li>
        ))}
      </ul>
      {comments.more ? <p className="small soft">More were written than are shown here.</p> : null}
      <FailureNote failure={failure} verb="Not said" />
      {forbidden === undefined ? (
        <div className="say">
          <TextArea
            label="Comment"
            data-comment
            maxLength={4000}
            value={body}
            onChange={(event) => setBody(event.target.value)}
          />
          <Button busy={busy} reason={blocked} onClick={() => run(() => comment(operationId, body.trim()))}>
            Comment
          </Button>
        </div>
      ) : (
        <p className="why">{forbidden}</p>
      )}
    </section>
  );
}
