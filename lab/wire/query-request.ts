import { readScalar, type Shape, type Value } from './sdk.ts';

/** A form's dotted keys as a tree: `Filter.1.Name=x` → `{ Filter: { 1: { Name: x } } }`. */
interface Node {
  text: string | undefined;
  children: Map<string, Node>;
}

const MAX_DEPTH = 32;

/** Reads the input of a query or ec2 request by its schema. Unknown fields are left out, as AWS does. */
export function readQuery(input: Shape, form: URLSearchParams, ec2: boolean): Value {
  if (input.isUnitSchema()) return {};
  return readStructure(input, treeOf(form), ec2);
}

function treeOf(form: URLSearchParams): Node {
  const root: Node = { text: undefined, children: new Map() };
  for (const [key, text] of form) {
    const parts = key.split('.');
    if (parts.length > MAX_DEPTH) continue;
    let node = root;
    for (const part of parts) {
      const child = node.children.get(part) ?? { text: undefined, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.text = text;
  }
  return root;
}

function read(shape: Shape, node: Node, ec2: boolean): unknown {
  if (shape.isStructSchema()) return readStructure(shape, node, ec2);
  if (shape.isListSchema()) return readList(shape, node, ec2);
  if (shape.isMapSchema()) return readMap(shape, node, ec2);
  return node.text === undefined ? undefined : readScalar(shape, node.text, 'xml');
}

function readStructure(shape: Shape, node: Node, ec2: boolean): Value {
  const value: Value = {};
  for (const [name, member] of shape.structIterator()) {
    const child = node.children.get(fieldName(name, member, ec2));
    if (!child) continue;
    const read_ = read(member, child, ec2);
    if (read_ !== undefined) value[name] = read_;
  }
  return value;
}

/** ec2 has names of its own and capitalises the others. */
function fieldName(name: string, member: Shape, ec2: boolean): string {
  const { ec2QueryName, xmlName } = member.getMergedTraits();
  if (ec2 && typeof ec2QueryName === 'string') return ec2QueryName;
  const plain = typeof xmlName === 'string' ? xmlName : name;
  return ec2 ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain;
}

function numbered(node: Node): Node[] {
  return [...node.children]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

/** Members stand under the list itself (`List.1`) or under one named element (`List.member.1`). An empty list is sent as `List=`. */
function readList(shape: Shape, node: Node, ec2: boolean): unknown[] {
  const wrapper = [...node.children].find(([key]) => !/^\d+$/.test(key));
  return numbered(wrapper ? wrapper[1] : node).map((item) => read(shape.getValueSchema(), item, ec2));
}

function readMap(shape: Shape, node: Node, ec2: boolean): Value {
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = shape.getValueSchema().getMergedTraits().xmlName ?? 'value';
  const pairs = numbered(node.children.get('entry') ?? node).flatMap((entry) => {
    const key = entry.children.get(keyName)?.text;
    const value = entry.children.get(valueName);
    return key === undefined || !value ? [] : [[key, read(shape.getValueSchema(), value, ec2)] as const];
  });
  return Object.fromEntries(pairs);
}
