// Grammar of the metric math this lab evaluates, lowest precedence first:
//   or    := and ( ("||" | "OR") and )*
//   and   := cmp ( ("&&" | "AND") cmp )*
//   cmp   := sum ( ("<" | "<=" | ">" | ">=" | "==" | "!=") sum )?
//   sum   := product ( ("+" | "-") product )*
//   product := unary ( ("*" | "/") unary )*
//   unary := "-" unary | power
//   power := atom ( "^" unary )?
//   atom  := number | string | name | name "(" list ")" | "[" list "]" | "(" or ")"

export type Node =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'call'; name: string; args: Node[] }
  | { kind: 'list'; items: Node[] }
  | { kind: 'negate'; of: Node }
  | { kind: 'binary'; operator: Operator; left: Node; right: Node };

export type Operator = '+' | '-' | '*' | '/' | '^' | '<' | '<=' | '>' | '>=' | '==' | '!=' | '&&' | '||';

/** An expression CloudWatch would refuse. */
export class ExpressionRefused extends Error {}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(<=|>=|==|!=|&&|\|\||[-+*/^<>()[\],]))/y;
const MAX_LENGTH = 1024;
const MAX_DEPTH = 64;

interface Token {
  kind: 'number' | 'name' | 'text' | 'symbol';
  text: string;
}

export function parseExpression(source: string): Node {
  if (source.length > MAX_LENGTH) throw new ExpressionRefused(`it is longer than ${MAX_LENGTH} characters`);
  return createParser(tokensOf(source)).parse();
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const text = source.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new ExpressionRefused(`it cannot be read at "${text.slice(at, at + 12).trim()}"`);
    const [, number, name, double, single, symbol] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push(wordToken(name));
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else tokens.push({ kind: 'text', text: double ?? single ?? '' });
  }
  return tokens;
}

function wordToken(word: string): Token {
  if (word === 'AND') return { kind: 'symbol', text: '&&' };
  if (word === 'OR') return { kind: 'symbol', text: '||' };
  return { kind: 'name', text: word };
}

const LEVELS: Operator[][] = [['||'], ['&&'], ['<', '<=', '>', '>=', '==', '!='], ['+', '-'], ['*', '/']];

function createParser(tokens: Token[]) {
  let at = 0;
  let depth = 0;

  const peek = (symbol: string): boolean => tokens[at]?.kind === 'symbol' && tokens[at]?.text === symbol;
  function take(symbol: string): boolean {
    if (!peek(symbol)) return false;
    at += 1;
    return true;
  }
  function expect(symbol: string): void {
    if (!take(symbol))
      throw new ExpressionRefused(`"${symbol}" is missing before "${tokens[at]?.text ?? 'its end'}"`);
  }

  function binary(level: number): Node {
    const operators = LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = operators.find(peek);
      if (!operator) return left;
      at += 1;
      left = { kind: 'binary', operator, left, right: binary(level + 1) };
    }
  }

  function nested(): Node {
    depth += 1;
    if (depth > MAX_DEPTH) throw new ExpressionRefused('it is nested too deeply');
    const node = binary(0);
    depth -= 1;
    return node;
  }

  function unary(): Node {
    if (take('-')) return { kind: 'negate', of: unary() };
    const base = atom();
    return take('^') ? { kind: 'binary', operator: '^', left: base, right: unary() } : base;
  }

  function list(close: string): Node[] {
    if (take(close)) return [];
    const items = [nested()];
    while (take(',')) items.push(nested());
    expect(close);
    return items;
  }

  function atom(): Node {
    if (take('(')) {
      const inner = nested();
      expect(')');
      return inner;
    }
    if (take('[')) return { kind: 'list', items: list(']') };
    const token = tokens[at];
    at += 1;
    if (token?.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token?.kind === 'text') return { kind: 'text', value: token.text };
    if (token?.kind === 'name') {
      return take('(')
        ? { kind: 'call', name: token.text.toUpperCase(), args: list(')') }
        : { kind: 'name', name: token.text };
    }
    throw new ExpressionRefused(`"${token?.text ?? 'its end'}" was not expected`);
  }

  return {
    parse(): Node {
      const node = nested();
      if (at < tokens.length) throw new ExpressionRefused(`"${tokens[at]?.text}" was not expected`);
      return node;
    },
  };
}
