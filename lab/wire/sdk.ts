import { XmlShapeDeserializer, XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { CborCodec } from '@smithy/core/cbor';
import { FromStringShapeDeserializer, JsonCodec2, ToStringShapeSerializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';

// The one file that touches the SDK's internal modules (versions are pinned exactly in package.json): everything the gateway
// needs of its schemas and codecs is named here in the lab's own words.

export type Shape = NormalizedSchema;
/** A schema as the SDK's modules export it, before it is normalised. */
export type RawSchema = Parameters<typeof NormalizedSchema.of>[0];
export type Value = Record<string, unknown>;
export type TextFormat = 'xml' | 'json';

const TIMESTAMP_DATE_TIME = 5;
const TIMESTAMP_EPOCH_SECONDS = 7;
const STATIC_STRUCTURE = 3;
const DOCUMENT = 15;

const byteCodec = {
  base64Encoder: (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64'),
  base64Decoder: (text: string) => new Uint8Array(Buffer.from(text, 'base64')),
  utf8Encoder: (bytes: Uint8Array | string) => Buffer.from(bytes).toString('utf8'),
  utf8Decoder: (text: string) => new Uint8Array(Buffer.from(text, 'utf8')),
};

type SerdeContext = Parameters<JsonCodec2['setSerdeContext']>[0];

/** The codecs use four byte functions of the client context they ask for; the gateway has no client to give. */
function withBytes<Codec extends { setSerdeContext(context: SerdeContext): void }>(codec: Codec): Codec {
  codec.setSerdeContext(byteCodec as unknown as SerdeContext);
  return codec;
}

const xmlSettings = (httpBindings: boolean, xmlNamespace = '') => ({
  xmlNamespace,
  serviceNamespace: '',
  httpBindings,
  timestampFormat: { useTrait: true, default: TIMESTAMP_DATE_TIME } as const,
});
const jsonSettings = (rest: boolean) => ({
  jsonName: rest,
  httpBindings: rest,
  timestampFormat: { useTrait: true, default: TIMESTAMP_EPOCH_SECONDS } as const,
});
const settingsOf = (format: TextFormat) => (format === 'xml' ? xmlSettings(true) : jsonSettings(true));

export const shapeOf = (raw: RawSchema): Shape => NormalizedSchema.of(raw);

/** The members of a structure that `keep` accepts, as a structure of their own. */
export function subStructure(
  shape: Shape,
  keep: (member: Shape) => boolean,
): { shape: Shape; members: number } {
  const schema = shape.getSchema();
  if (!Array.isArray(schema)) return { shape, members: 0 };
  const [, namespace, name, , names, schemas] = schema as unknown as [
    number,
    string,
    string,
    unknown,
    string[],
    unknown[],
  ];
  const kept = [...shape.structIterator()].map(([, member]) => keep(member));
  const only = <T>(list: T[]) => list.filter((_, index) => kept[index]);
  const static_ = [STATIC_STRUCTURE, namespace, name, shape.getMergedTraits(), only(names), only(schemas)];
  return { shape: shapeOf(static_ as unknown as RawSchema), members: only(names).length };
}

/** Members that the model requires. Their place in the static schema: the first ones, as many as its last element says. */
export function requiredMembers(shape: Shape): Shape[] {
  const schema = shape.getSchema();
  const count = Array.isArray(schema) ? Number((schema as readonly unknown[])[6] ?? 0) : 0;
  return [...shape.structIterator()].slice(0, count).map(([, member]) => member);
}

/** JSON 1.0/1.1 (`rest: false`) or the body of restJson (`rest: true`). */
export function readJson(shape: Shape, text: string, rest: boolean): Value {
  return withBytes(new JsonCodec2(jsonSettings(rest)))
    .createDeserializer()
    .read(shape, text) as unknown as Value;
}

export function writeJson(shape: Shape, value: Value, rest: boolean): string {
  const serializer = withBytes(new JsonCodec2(jsonSettings(rest))).createSerializer();
  serializer.write(shape, value);
  return new TextDecoder().decode(serializer.flush());
}

export function readCbor(shape: Shape, bytes: Uint8Array): Value {
  return withBytes(new CborCodec()).createDeserializer().read(shape, bytes);
}

/** `shape` absent: the value as it is, for errors. */
export function writeCbor(shape: Shape | undefined, value: Value): Uint8Array {
  const serializer = withBytes(new CborCodec()).createSerializer();
  serializer.write(shape ?? DOCUMENT, value);
  return serializer.flush();
}

export async function readXml(shape: Shape, text: string): Promise<Value> {
  return withBytes(new XmlShapeDeserializer(xmlSettings(true))).read(shape, text);
}

/** One element named after the shape; `httpBindings` leaves out the members that travel in headers and status. */
export function writeXml(
  shape: Shape,
  value: Value,
  options: { httpBindings: boolean; xmlNamespace?: string },
): string {
  const serializer = withBytes(
    new XmlShapeSerializer(xmlSettings(options.httpBindings, options.xmlNamespace)),
  );
  serializer.write(shape, value);
  return String(serializer.flush());
}

/** A scalar written in a label, query parameter, header or form field. */
export function readScalar(shape: Shape, text: string, format: TextFormat): unknown {
  if (shape.isBooleanSchema()) return text === 'true';
  if (shape.isStringSchema()) return text;
  return withBytes(new FromStringShapeDeserializer(settingsOf(format))).read(shape, text);
}

export function writeScalar(shape: Shape, value: unknown, format: TextFormat): string {
  const serializer = withBytes(new ToStringShapeSerializer(settingsOf(format)));
  serializer.write(shape, value);
  return serializer.flush();
}
