package pipeline

import "strconv"

// Arch is a processor architecture with a way of booting: a number of the IANA
// registry "Processor Architecture Types" (RFC 5970 section 3.3).
type Arch uint16

// lastArch is the last number of the registry.
const lastArch Arch = 41

// String gives the name of the architecture, which several numbers may have,
// or the number where there is none.
func (a Arch) String() string {
	if name := a.name(); name != "" {
		return name
	}
	return strconv.Itoa(int(a))
}

// name gives the name that configurations use, or nothing. Firmware writes 7 or
// 9 for the same thing, since the first edition of the RFC had them swapped.
func (a Arch) name() string {
	switch a {
	case 0, 20:
		return "bios"
	case 6, 15:
		return "ia32"
	case 7, 9, 16, 17:
		return "x86_64"
	case 10, 18, 21, 23:
		return "arm32"
	case 11, 19, 22, 24:
		return "arm64"
	case 25, 26:
		return "riscv32"
	case 27, 28:
		return "riscv64"
	case 29, 30:
		return "riscv128"
	case 31, 32:
		return "s390"
	case 37, 38:
		return "loongarch32"
	case 39, 40:
		return "loongarch64"
	case 41:
		return "raspberry_pi"
	}
	return ""
}

// ArchNames gives the names of architectures, each once, in the order of their
// numbers.
func ArchNames() (names []string) {
	seen := map[string]bool{"": true}
	for a := range lastArch + 1 {
		if name := a.name(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// ArchsNamed gives the numbers of an architecture, or nothing if it is none.
func ArchsNamed(name string) (archs []Arch) {
	for a := range lastArch + 1 {
		if a.name() == name && name != "" {
			archs = append(archs, a)
		}
	}
	return archs
}

// archNames gives the numbers of each name, for expressions.
func archNames() map[string][]int {
	names := map[string][]int{}
	for a := range lastArch + 1 {
		if name := a.name(); name != "" {
			names[name] = append(names[name], int(a))
		}
	}
	return names
}
