import type { Metadata } from 'next';
import { FreezesView } from '#components/freezes/freezes-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { freezesModel } from '../_models/freezes.ts';
import { environmentOf, one } from '../_models/query.ts';
import { liftFreezeAction, stopTheLineAction } from '../actions.ts';
import {
  changeFreezeAction,
  createFreezeAction,
  endExceptionAction,
  exceptFreezeAction,
  previewFreezeAction,
} from './actions.ts';

export const metadata: Metadata = { title: 'Freezes' };

export default async function FreezesPage({ searchParams }: PageProps<'/freezes'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const freezes = await freezesModel(context, environment, {
    tab: one(params, 'tab'),
    freeze: one(params, 'freeze'),
    region: one(params, 'region'),
    kind: one(params, 'kind'),
    month: one(params, 'month'),
    zone: one(params, 'zone'),
    state: one(params, 'state'),
    cursor: one(params, 'cursor'),
  });
  return (
    <FreezesView
      freezes={freezes}
      actions={{
        stop: stopTheLineAction.bind(null, environment),
        create: createFreezeAction,
        change: changeFreezeAction,
        lift: liftFreezeAction,
        preview: previewFreezeAction,
        except: exceptFreezeAction,
        endException: endExceptionAction,
      }}
    />
  );
}
