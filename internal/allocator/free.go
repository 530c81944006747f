package allocator

import "slices"

// Free knows which units of a space are free, and which aligned runs of units
// that make up a shorter prefix are free as a whole.
type Free struct {
	units  *Bitmap
	runs   []*Bitmap // by index of Space.Lengths; the one of the units is units
	shifts []uint    // of a unit to the number of its run
}

// NewFree makes a Free of a mapped space in which nothing is free.
func (s *Space) NewFree() *Free {
	f := &Free{units: NewBitmap(s.units)}
	for _, length := range s.spec.Lengths {
		shift := uint(s.unit - length)
		f.shifts = append(f.shifts, shift)
		if shift == 0 {
			f.runs = append(f.runs, f.units)
			continue
		}
		f.runs = append(f.runs, NewBitmap(s.units>>shift))
	}
	return f
}

// Has says whether the unit is free.
func (f *Free) Has(unit uint64) bool { return f.units.Has(unit) }

// Next gives the first unit of the next free run of the length of that index,
// at or after the run of unit from, around the end.
func (f *Free) Next(length int, from uint64) (uint64, bool) {
	n, ok := f.runs[length].Next(from >> f.shifts[length])
	return n << f.shifts[length], ok
}

// Take makes the units from first to last, both included, not free.
func (f *Free) Take(first, last uint64) {
	for i, m := range f.runs {
		m.Clear(first>>f.shifts[i], last>>f.shifts[i])
	}
	f.units.Clear(first, last)
}

// Give makes the units from first to last, both included, free.
func (f *Free) Give(first, last uint64) {
	f.units.Set(first, last)
	for i, m := range f.runs {
		shift := f.shifts[i]
		if shift == 0 {
			continue
		}
		for run := first >> shift; run <= last>>shift; run++ {
			if !m.Has(run) && f.units.Full(run<<shift, run<<shift|(1<<shift-1)) {
				m.Set(run, run)
			}
		}
	}
}

// Check says whether every run agrees with its units.
func (f *Free) Check() bool {
	for i, m := range f.runs {
		shift := f.shifts[i]
		for run := uint64(0); shift > 0 && run < m.size; run++ {
			if m.Has(run) != f.units.Full(run<<shift, run<<shift|(1<<shift-1)) {
				return false
			}
		}
	}
	return true
}

// Same says whether the same units are free in both, which are of one space.
func (f *Free) Same(o *Free) bool { return slices.Equal(f.units.levels[0], o.units.levels[0]) }
