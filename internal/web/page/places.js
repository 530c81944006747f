// Where addresses are in ranges of them.

// number gives an IPv6 address as a whole number.
export function number(address) {
  const [head, tail] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const words = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return words.reduce((n, w) => (n << 16n) | BigInt(`0x${w}`), 0n);
}

// range gives the first and the last number of PREFIX/LENGTH, FIRST-LAST or an
// address.
export function range(text) {
  if (text.includes('-')) return text.split('-').map(number);
  const [address, length = '128'] = text.split('/');
  const first = number(address);
  return [first, first + (1n << BigInt(128 - Number(length))) - 1n];
}

// places counts the prefixes in each of so many equal parts of all ranges,
// one after another.
export function places(ranges, prefixes, parts) {
  const spans = ranges.map(range);
  const total = spans.reduce((n, [first, last]) => n + last - first + 1n, 0n);
  const out = Array(parts).fill(0);
  for (const p of prefixes) {
    const [at] = range(p);
    let before = 0n;
    for (const [first, last] of spans) {
      if (at >= first && at <= last) out[Number(((before + at - first) * BigInt(parts)) / total)]++;
      before += last - first + 1n;
    }
  }
  return out;
}
