import { expect, it } from 'vitest';
import { digestOf, imageBeside, imageSource, pinnedImage, repositoryOf } from './image.ts';

it.each([
  ['ecommerce/shop@sha256:aa', 'ecommerce/shop', 'ecommerce/shop', 'sha256:aa'],
  ['ecommerce/shop:v1', 'ecommerce/shop', 'ecommerce/shop', null],
  [
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecommerce/shop:v1@sha256:aa',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecommerce/shop',
    'ecommerce/shop',
    'sha256:aa',
  ],
  ['localhost:5000/shop', 'localhost:5000/shop', 'shop', null],
])('%s comes from %s', (image, source, repository, digest) => {
  expect(imageSource(image)).toBe(source);
  expect(repositoryOf(image)).toBe(repository);
  expect(digestOf(image)).toBe(digest);
  expect(pinnedImage(image, 'sha256:bb')).toBe(`${source}@sha256:bb`);
});

it.each([
  ['ecommerce/shop@sha256:aa', 'ecommerce/shop@sha256:bb', 'ecommerce/shop@sha256:bb'],
  ['localhost:5000/ecommerce/shop:v1', 'ecommerce/shop@sha256:bb', 'localhost:5000/ecommerce/shop@sha256:bb'],
  ['registry.example/shop:v1', 'shop@sha256:bb', 'registry.example/shop@sha256:bb'],
  ['registry.example/shop:v1', 'other.example/shop@sha256:bb', 'other.example/shop@sha256:bb'],
  ['shop:v1', 'shop@sha256:bb', 'shop@sha256:bb'],
])('beside %s, %s is %s', (live, wanted, image) => {
  expect(imageBeside(live, wanted)).toBe(image);
});
