package elf

// The records of needed symbol versions: a Verneed for each library, each with a chain of
// Vernaux, one for each version ("Linux Standard Base", Symbol Versioning).
const (
	verneedSize = 16
	vernauxSize = 16
	weak        = 2 // VER_FLG_WEAK: the loader does not insist on it
)

// need is a library with the versions that are needed from it. Their names have not been
// read yet.
type need struct {
	library  string
	versions []*string
}

// versions reads the needed versions of count libraries, and adds their names to the wanted
// strings.
func (f *file) versions(address, count uint64) ([]*need, error) {
	at, err := f.place(address)
	if err != nil {
		return nil, err
	}
	var needs []*need
	total := 0
	for range min(count, maxNeeds) {
		record, err := f.record(at, verneedSize)
		if err != nil {
			return nil, err
		}
		n := &need{}
		needs = append(needs, n)
		f.wanted = append(f.wanted, text{uint64(le.Uint32(record[4:])), func(s string) { n.library = s }})
		versions := int(le.Uint16(record[2:]))
		if total += versions; total > maxNeeds {
			return nil, damage("it declares too many symbol versions")
		}
		if err := f.chain(n, at.skip(uint64(le.Uint32(record[8:]))), versions); err != nil {
			return nil, err
		}
		next := uint64(le.Uint32(record[12:]))
		if next == 0 {
			break
		}
		at = at.skip(next)
	}
	return needs, nil
}

// chain reads the chain of at most count versions of n that begins at at.
func (f *file) chain(n *need, at segment, count int) error {
	for range count {
		record, err := f.record(at, vernauxSize)
		if err != nil {
			return err
		}
		if le.Uint16(record[4:])&weak == 0 {
			name := new(string)
			n.versions = append(n.versions, name)
			f.wanted = append(f.wanted, text{uint64(le.Uint32(record[8:])), func(s string) { *name = s }})
		}
		next := uint64(le.Uint32(record[12:]))
		if next == 0 {
			break
		}
		at = at.skip(next)
	}
	return nil
}

// together returns the needs once their names have been read.
func together(needs []*need) []Need {
	var list []Need
	for _, n := range needs {
		versions := make([]string, len(n.versions))
		for i, name := range n.versions {
			versions[i] = *name
		}
		if len(versions) > 0 {
			list = append(list, Need{Library: n.library, Versions: versions})
		}
	}
	return list
}

// record reads the first size bytes of at.
func (f *file) record(at segment, size uint64) ([]byte, error) {
	if at.size < size {
		return nil, damage("its symbol versions end past their segment")
	}
	return f.stream.at(at.offset, size)
}

// skip returns s without its first n bytes.
func (s segment) skip(n uint64) segment {
	n = min(n, s.size)
	return segment{offset: s.offset + n, address: s.address + n, size: s.size - n}
}
