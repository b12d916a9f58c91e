package bytecode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The types of CPython's marshal format, versions 4 and 5 (Python/marshal.c). A type with
// flagRef starts an object that later references may point to. Such objects are numbered in
// the order in which they start.
const (
	flagRef = 0x80
	isRef   = 'r'
	isCode  = 'c'
)

// node is one object of a marshalled stream.
type node struct {
	tag     byte
	fixed   []byte  // the bytes after the tag, without the children
	kids    []*node // children of a container or a code object
	flagged bool    // references may point to it once it is complete
	kept    bool    // it has been read completely
	shared  *node   // the object that replaces it; nil until that is known
}

var errMarshal = errors.New("it is not marshalled code")

// maxDepth is the maximum nesting of objects, as in marshal itself.
const maxDepth = 2000

// canonical returns marshalled code in a form that depends only on the code: an object is
// flagged only if there are references to it, the elements of frozen sets are sorted, and
// equal frozen sets are a single object. minor is the minor version of the CPython that
// marshalled the code.
func canonical(marshalled []byte, minor int) ([]byte, error) {
	r := &reader{rest: marshalled, minor: minor}
	root, err := r.object(0)
	if err != nil {
		return nil, err
	}
	if root.tag != isCode || len(r.rest) > 0 {
		return nil, errMarshal
	}
	share(root, map[string]*node{})
	return write(root), nil
}

// reader reads a stream into nodes. There is one node for each object, however often it is
// referenced.
type reader struct {
	rest  []byte
	refs  []*node
	minor int
}

// take consumes and returns the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.rest) {
		return nil, errMarshal
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b, nil
}

// number reads a 32-bit number and also returns its bytes.
func (r *reader) number() (int, []byte, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, nil, err
	}
	return int(int32(binary.LittleEndian.Uint32(b))), b, nil
}

// object reads the next object.
func (r *reader) object(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errMarshal
	}
	b, err := r.take(1)
	if err != nil {
		return nil, err
	}
	n := &node{tag: b[0] &^ flagRef}
	if n.tag == isRef {
		return r.referred()
	}
	if n.flagged = b[0]&flagRef != 0; n.flagged {
		r.refs = append(r.refs, n)
	}
	before := r.rest
	kids, err := r.payload(n.tag)
	if err != nil {
		return nil, err
	}
	n.fixed = before[: len(before)-len(r.rest) : len(before)-len(r.rest)]
	switch {
	case n.tag == isCode:
		n.fixed, n.kids, err = r.code(depth)
	case kids > 0:
		n.kids = make([]*node, 0, min(kids, 1<<16))
		for range kids {
			kid, err := r.object(depth + 1)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, kid)
		}
	}
	n.kept = true
	return n, err
}

// referred returns the object that a reference points to. Code never contains an object
// that contains itself.
func (r *reader) referred() (*node, error) {
	i, _, err := r.number()
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= len(r.refs) || !r.refs[i].kept {
		return nil, errMarshal
	}
	return r.refs[i], nil
}

// payload reads the bytes after a tag and returns the number of objects that follow them.
func (r *reader) payload(tag byte) (kids int, err error) {
	switch tag {
	case 'N', 'F', 'T', 'S', '.', isCode: // None, False, True, StopIteration, Ellipsis
	case 'i':
		_, err = r.take(4)
	case 'g':
		_, err = r.take(8)
	case 'y':
		_, err = r.take(16)
	case 'l': // an int: the sign and number of its 15-bit digits
		n, _, e := r.number()
		if err = e; err == nil {
			_, err = r.take(2 * max(n, -n))
		}
	case 's', 'u', 't', 'a', 'A': // bytes and strings
		n, _, e := r.number()
		if err = e; err == nil {
			_, err = r.take(n)
		}
	case 'z', 'Z': // strings shorter than 256 bytes
		b, e := r.take(1)
		if err = e; err == nil {
			_, err = r.take(int(b[0]))
		}
	case ')':
		b, e := r.take(1)
		if err = e; err == nil {
			kids = int(b[0])
		}
	case '(', '>':
		kids, _, err = r.number()
	case ':': // a slice, since 3.14
		kids = 3
	default:
		return 0, fmt.Errorf("%w: it has an object of type %q", errMarshal, tag)
	}
	if kids < 0 || kids > len(r.rest) {
		return 0, errMarshal
	}
	return kids, err
}

// beforeLine is the number of objects in a code object before the number of its first line.
const beforeLine = 8

// code reads the fields of a code object: numbers, objects, and the number of the first
// line between two of the objects. fixed contains the numbers.
func (r *reader) code(depth int) (fixed []byte, kids []*node, err error) {
	numbers, after := 5, 2 // co_argcount … co_flags; co_code … co_qualname; co_linetable, co_exceptiontable
	if r.minor < 11 {
		numbers, after = 6, 1 // with co_nlocals; co_code … co_name; co_lnotab
	}
	head, err := r.take(4 * numbers)
	if err != nil {
		return nil, nil, err
	}
	fixed = slices.Clone(head)
	for i := range beforeLine + after {
		if i == beforeLine {
			line, err := r.take(4)
			if err != nil {
				return nil, nil, err
			}
			fixed = append(fixed, line...)
		}
		kid, err := r.object(depth + 1)
		if err != nil {
			return nil, nil, err
		}
		kids = append(kids, kid)
	}
	return fixed, kids, nil
}

// writer writes nodes to a stream.
type writer struct {
	out   bytes.Buffer
	uses  map[*node]int // how often each flagged object occurs
	index map[*node]int // numbers of the objects that have been written and that references may point to
}

// write returns the stream of root and its descendants.
func write(root *node) []byte {
	w := &writer{uses: map[*node]int{}, index: map[*node]int{}}
	w.count(root)
	w.write(root)
	return w.out.Bytes()
}

// count counts how often each flagged object occurs.
func (w *writer) count(n *node) {
	if n.flagged {
		w.uses[n]++
		if w.uses[n] > 1 {
			return
		}
	}
	for _, kid := range n.kids {
		w.count(kid)
	}
}

// share sorts the frozen sets in n and replaces equal ones with a single object. It returns
// the object that replaces n. sets contains the sets that have been found so far, by their
// streams.
//
// The compiler makes equal constants in a module a single object. However, it replaces a
// set with a copy if one of its strings is equal to a string that the interpreter has
// interned earlier, in anything else that it compiled (intern_constants in
// Objects/codeobject.c).
func share(n *node, sets map[string]*node) *node {
	if n.shared != nil {
		return n.shared
	}
	for i, kid := range n.kids {
		n.kids[i] = share(kid, sets)
	}
	n.shared = n
	if n.tag == '>' {
		n.sort()
		stream := string(write(n))
		if first, ok := sets[stream]; ok {
			first.flagged = true
			n.shared = first
		} else {
			sets[stream] = n
		}
	}
	return n.shared
}

// sort sorts the elements of a set by their streams.
func (n *node) sort() {
	type element struct {
		node   *node
		stream []byte
	}
	elements := make([]element, len(n.kids))
	for i, kid := range n.kids {
		elements[i] = element{kid, write(kid)}
	}
	slices.SortStableFunc(elements, func(a, b element) int { return bytes.Compare(a.stream, b.stream) })
	for i, e := range elements {
		n.kids[i] = e.node
	}
}

// indexOf returns the number of an object if it has already been written.
func (w *writer) indexOf(n *node) (i int, ok bool) {
	if n.flagged { // the map is slow, and most objects are not flagged
		i, ok = w.index[n]
	}
	return i, ok
}

func (w *writer) write(n *node) {
	if i, ok := w.indexOf(n); ok {
		w.out.WriteByte(isRef)
		w.out.Write(binary.LittleEndian.AppendUint32(nil, uint32(i)))
		return
	}
	tag := n.tag
	if n.flagged && w.uses[n] > 1 {
		tag |= flagRef
		w.index[n] = len(w.index)
	}
	w.out.WriteByte(tag)
	if n.tag != isCode {
		w.out.Write(n.fixed)
		for _, kid := range n.kids {
			w.write(kid)
		}
		return
	}
	line := len(n.fixed) - 4
	w.out.Write(n.fixed[:line])
	for i, kid := range n.kids {
		if i == beforeLine {
			w.out.Write(n.fixed[line:])
		}
		w.write(kid)
	}
}
