package allocator

import "math/bits"

// Bitmap is a set of numbers from 0 to its size, in which the next member is
// found by looking at a few words: each bit of a level says whether a word of
// the level below has any bit.
type Bitmap struct {
	size   uint64
	levels [][]uint64 // the members first, one word last
}

// NewBitmap makes an empty set of numbers below size.
func NewBitmap(size uint64) *Bitmap {
	b := &Bitmap{size: size}
	for n := size; ; {
		n = (n + 63) / 64
		b.levels = append(b.levels, make([]uint64, n))
		if n <= 1 {
			return b
		}
	}
}

// Has says whether i is a member.
func (b *Bitmap) Has(i uint64) bool { return b.levels[0][i>>6]>>(i&63)&1 != 0 }

// Set makes the numbers from first to last, both included, members.
func (b *Bitmap) Set(first, last uint64) {
	for _, words := range b.levels {
		fill(words, first, last)
		first, last = first>>6, last>>6
	}
}

// Clear makes the numbers from first to last, both included, no members.
func (b *Bitmap) Clear(first, last uint64) {
	for _, words := range b.levels {
		wipe(words, first, last)
		first, last = first>>6, last>>6
		// Words in the middle are empty now, those at the ends maybe not.
		if words[first] != 0 {
			first++
		}
		if first > last {
			return
		}
		if words[last] != 0 {
			if last == 0 {
				return
			}
			last--
		}
		if first > last {
			return
		}
	}
}

func fill(words []uint64, first, last uint64) {
	each(first, last, func(word, mask uint64) { words[word] |= mask })
}

func wipe(words []uint64, first, last uint64) {
	each(first, last, func(word, mask uint64) { words[word] &^= mask })
}

// each calls do with the words that hold the bits first to last, and a mask of
// these bits.
func each(first, last uint64, do func(word, mask uint64)) {
	for w := first >> 6; w <= last>>6; w++ {
		mask := ^uint64(0)
		if w == first>>6 {
			mask &= ^uint64(0) << (first & 63)
		}
		if w == last>>6 {
			mask &= ^uint64(0) >> (63 - last&63)
		}
		do(w, mask)
	}
}

// Full says whether all numbers from first to last, both included, are
// members.
func (b *Bitmap) Full(first, last uint64) bool {
	for w := first >> 6; w <= last>>6; w++ {
		mask := ^uint64(0)
		if w == first>>6 {
			mask &= ^uint64(0) << (first & 63)
		}
		if w == last>>6 {
			mask &= ^uint64(0) >> (63 - last&63)
		}
		if b.levels[0][w]&mask != mask {
			return false
		}
	}
	return true
}

// Next gives the first member that is not below i, or, when there is none, the
// first of all. It says false when the set is empty.
func (b *Bitmap) Next(i uint64) (uint64, bool) {
	if n, ok := b.from(i); ok {
		return n, true
	}
	return b.from(0)
}

// from gives the first member that is not below i: up through the levels to
// the first word that has one, and down again.
func (b *Bitmap) from(i uint64) (uint64, bool) {
	for level := 0; level < len(b.levels); level++ {
		if i>>6 >= uint64(len(b.levels[level])) {
			return 0, false
		}
		if w := b.levels[level][i>>6] >> (i & 63); w != 0 {
			return b.down(level, i+uint64(bits.TrailingZeros64(w))), true
		}
		i = i>>6 + 1
	}
	return 0, false
}

// down gives the first member below bit i of a level.
func (b *Bitmap) down(level int, i uint64) uint64 {
	for level--; level >= 0; level-- {
		i = i<<6 + uint64(bits.TrailingZeros64(b.levels[level][i]))
	}
	return i
}
