import type http from 'node:http';
import { faultAnswer, writeAnswer } from './answer.ts';
import { errorMessage, ShopFault } from './faults.ts';
import { answerInternal, isInternal } from './internal-requests.ts';
import { answerVisitor } from './visitor-requests.ts';
import type { ShopWorld } from './world.ts';

/** Answers one shop's requests, its ready pods taking turns. */
export function createStorefront(world: ShopWorld): http.RequestListener {
  const { region } = world.site;
  let turn = 0;

  function nextPod() {
    const pods = world.pods();
    turn += 1;
    return pods[turn % pods.length];
  }

  return (request, response) => {
    const pod = nextPod();
    if (!pod && world.isPreview) {
      // A Service without endpoints takes no connection; only a load balancer answers for missing pods.
      response.destroy();
      return;
    }
    const address = `http://shop${request.url ?? '/'}`;
    if (!request.url?.startsWith('/') || !URL.canParse(address)) {
      writeAnswer(response, faultAnswer(new ShopFault(400, 'The path is not one of a page.')), {
        region,
        pod,
      });
      return;
    }
    const url = new URL(address);
    const answer = isInternal(url) ? answerInternal : answerVisitor;
    answer(world, { request, url, pod })
      .then((done) => writeAnswer(response, done, { region, pod }))
      .catch((error: unknown) => {
        world.log('A request could not be answered', { path: url.pathname, error: errorMessage(error) });
        response.destroy();
      });
  };
}
