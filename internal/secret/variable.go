package secret

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Variable is an environment variable that replaced a reference to it in a file.
type Variable struct {
	Reference string // as in the file: "${TOKEN}"
	Value     string
}

// expansion is a secret that a variable brought into a URL.
type expansion struct {
	reference string   // shown in its place
	forms     []string // the secret as it is, and as URLs and quotations spell it
	anywhere  bool     // hidden in every text; otherwise, only as a part of a URL
	bounded   bool     // hidden only where no letter or digit adjoins it, because it is short
}

// expansions are the secrets of all variables that were expanded in this process, the
// longest first, because one may contain another. They outlive the lock file that they are
// from, as an error about one of its URLs does: its text is made when it is printed, by
// code that knows of no lock file.
var (
	expansions atomic.Pointer[[]expansion]
	expanding  sync.Mutex  // guards inOrder
	inOrder    []expansion // the same, the oldest first
)

const (
	// mostExpansions is how many secrets are remembered, for a process that reads many lock
	// files, each with other values.
	mostExpansions = 1000
	// longestExpansion is the longest value that is remembered. No server accepts a longer URL.
	longestExpansion = 64 << 10
)

// Expand replaces each $NAME and ${NAME} in a URL with the value of the variable, if lookup
// finds it, and hides the values from then on as [Expanded] does.
func Expand(rawURL string, lookup func(name string) (string, bool)) string {
	var used []Variable
	spelled := os.Expand(rawURL, func(name string) string { return "${" + name + "}" })
	text := os.Expand(rawURL, func(name string) string {
		value, ok := lookup(name)
		if !ok {
			return "${" + name + "}"
		}
		used = append(used, Variable{"${" + name + "}", value})
		return value
	})
	Expanded(spelled, text, used...)
	return text
}

// Expanded is told that text came from a line of a file by expanding variables. From then on,
// [Redact], [Strip], [Text], and [Hide] show the references instead of those values that
// are secrets. Any value is a secret that is part of a URL, except its host, its user if
// there is also a password, and what is no secret by its look, such as a version or the word
// "simple". If the variable is named like a secret, its value is one wherever it is.
func Expanded(line, text string, variables ...Variable) {
	expanding.Lock()
	defer expanding.Unlock()
	before := len(inOrder)
	for i, v := range variables {
		if len(v.Value) > longestExpansion {
			continue
		}
		rest := line // with only this variable left
		for k, other := range variables {
			if k != i {
				rest = strings.ReplaceAll(rest, other.Reference, other.Value)
			}
		}
		for _, e := range v.secrets(rest, text) {
			if !slices.ContainsFunc(inOrder, e.covered) {
				inOrder = append(inOrder, e)
			}
		}
	}
	if len(inOrder) == before {
		return
	}
	inOrder = slices.Clone(inOrder[max(0, len(inOrder)-mostExpansions):])
	sorted := slices.Clone(inOrder)
	slices.SortStableFunc(sorted, func(a, b expansion) int { return len(b.forms[0]) - len(a.forms[0]) })
	expansions.Store(&sorted)
}

// covered reports whether o hides all that e hides.
func (e expansion) covered(o expansion) bool {
	return o.forms[0] == e.forms[0] && (o.anywhere || !e.anywhere) && (e.bounded || !o.bounded)
}

// secrets returns what in the value of v is secret, and where.
func (v Variable) secrets(line, text string) (found []expansion) {
	value := strings.TrimSpace(v.Value)
	named := nameOfSecret(strings.Trim(v.Reference, "${}"))
	where := placeOf(line, v.Reference)
	add := func(reference, secret string, anywhere bool) {
		bounded := (!anywhere || len(secret) < shortestVariable) && !adjoins(line, v.Reference)
		found = append(found, expansion{reference, spellings(secret), anywhere, bounded})
	}
	if schemeLength(value) > 0 || !named && where != secretPart { // a URL, or the beginning of one: it has a host
		_, tail, _ := strings.Cut(strings.TrimLeft(value[max(0, schemeLength(value)):], `/\`), "/")
		for _, part := range strings.FieldsFunc(tail, isDelimiter) {
			if (where == host || schemeLength(value) > 0) && looksRandom(part) {
				add(hidden, part, false)
			}
		}
		return found
	}
	if isPublic(value, named) || isHostOf(text, value) {
		return nil
	}
	anywhere := named || looksRandom(value) && !aboutSomething().MatchString(strings.Trim(v.Reference, "${}"))
	add(v.Reference, value, anywhere)
	for _, part := range strings.FieldsFunc(value, isDelimiter) { // a # or a space in it ends a part of the URL
		if part != value && looksRandom(part) {
			add(v.Reference, part, anywhere)
		}
	}
	return found
}

// adjoins reports whether a variable is only a part of a word of the line.
func adjoins(line, reference string) bool {
	before, after, _ := strings.Cut(line, reference)
	return before != "" && isWordByte(before[len(before)-1]) || after != "" && isWordByte(after[0])
}

func isDelimiter(r rune) bool { return strings.ContainsRune("/?&=#;:@", r) || isSpace(r) }

// place is where in a line a variable is.
type place int

const (
	elsewhere place = iota // such as in a version or a local path
	host
	secretPart // in the path, the query, the fragment, or the password
)

// placeOf returns the most secret place of a variable in a line in which all other variables
// are expanded.
func placeOf(line, reference string) place {
	found := elsewhere
	for {
		start, end, ok := next(line)
		if !ok {
			return found
		}
		p, _ := split(line[start:end])
		user, password, _ := strings.Cut(p.user, ":")
		switch {
		case p.isRemote() && strings.Contains(p.tail, reference),
			strings.Contains(password, reference), password == "" && strings.Contains(user, reference):
			return secretPart
		case p.isRemote() && strings.Contains(p.host, reference):
			found = host
		}
		line = line[end:]
	}
}

// isRemote reports whether the path of a URL may contain a secret, unlike that of a local file
// or of an object on S3.
func (p parts) isRemote() bool {
	scheme := strings.ToLower(p.scheme)
	return !strings.HasPrefix(scheme, "file:") && !strings.HasPrefix(scheme, "s3:")
}

// isHostOf reports whether value is the host of a URL in text.
func isHostOf(text, value string) bool {
	for {
		start, end, ok := next(text)
		if !ok {
			return false
		}
		p, _ := split(text[start:end])
		name, _, _ := strings.Cut(p.host, ":")
		if strings.EqualFold(p.host, value) || strings.EqualFold(name, value) {
			return true
		}
		text = text[end:]
	}
}

// nameOfSecret reports whether the name of a variable says that its value is a secret.
func nameOfSecret(name string) bool {
	return (secretVariable().MatchString(name) || nameIsSecret(name)) && !aboutSomething().MatchString(name)
}

var (
	// aboutSomething matches the names of variables whose value other texts may contain, too.
	aboutSomething = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(^|_)(` + aboutASecret + `|` +
			`HOST|HOSTNAME|DOMAIN|SERVER|PORT|USER|USERNAME|LOGNAME|HOME|PWD|OLDPWD|ROOT|REGION|PROJECT|OWNER|ORG|ORGANIZATION|GROUP|TEAM|` +
			`REPO|REPOSITORY|INDEX|CHANNEL|BRANCH|TAG|REF|COMMIT|SHA|REV|REVISION|VERSION|PYTHON|PLATFORM|ARCH)S?$`)
	})
	// publicValue matches numbers, versions, and names such as cu118 and cp312.
	publicValue = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^(v?[0-9]+([._-]?(a|b|rc|post|dev)?[0-9]+)*(\+[a-z0-9.]+)?|(py|cp|cu|rocm|linux|win|manylinux)[0-9_.]*)$`)
	})
	// words are the words in the paths of indexes, and switches.
	words = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^(simple|pypi|index|packages?|public|private|releases?|snapshots?|stable|nightly|main|master|latest|dev|development|` +
			`prod|production|staging|tests?|testing|files?|wheels?|whl|dists?|download|python|repositor(y|ies)|repos?|registry|artifactory|nexus|api|pip|` +
			`https?|true|false|none|null|yes|no|on|off|enabled|disabled|cpu|gpu|default|local|localhost)$`)
	})
)

// isPublic reports whether the value of a variable is too short for a secret, or is no secret by
// its look. named says that the variable is named like a secret.
func isPublic(value string, named bool) bool {
	switch {
	case len(value) < shortestPassword, words().MatchString(value), pipVariable.MatchString(value):
		return true
	case named:
		return false
	}
	return publicValue().MatchString(value) || strings.HasPrefix(value, "/") || strings.HasPrefix(value, ".") || strings.HasPrefix(value, "~")
}

// looksRandom reports whether a value looks like a token rather than like a name.
func looksRandom(value string) bool {
	if len(value) < shortestVariable || isPublic(value, false) {
		return false
	}
	letters := strings.IndexFunc(value, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) }) >= 0
	return letters && strings.ContainsAny(value, "0123456789") ||
		len(value) >= 16 && inBothCases(value)
}

// spellings returns a secret as it is, and as it is spelled in URLs and in quotations.
func spellings(secret string) []string {
	quoted := strconv.Quote(secret)
	all := []string{secret, url.PathEscape(secret), url.QueryEscape(secret), (&url.URL{Path: secret}).EscapedPath(), quoted[1 : len(quoted)-1]}
	if plain, err := url.PathUnescape(secret); err == nil {
		all = append(all, plain)
	}
	var once []string
	for _, s := range all {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// hideExpanded replaces the secrets that variables brought into URLs with the references to
// the variables. part says that text is part of a URL.
func hideExpanded(text string, part bool) string {
	known := expansions.Load()
	if known == nil {
		return text
	}
	for _, e := range *known {
		for _, form := range e.forms {
			if (part || e.anywhere) && strings.Contains(text, form) {
				text = e.hide(text, form)
			}
		}
	}
	return text
}

// hide replaces form with the reference, except within a reference.
func (e expansion) hide(text, form string) string {
	var b strings.Builder
	for last := 0; ; {
		i := strings.Index(text[last:], form)
		if i < 0 {
			b.WriteString(text[last:])
			return b.String()
		}
		i += last
		end := i + len(form)
		if e.bounded && (i > 0 && isWordByte(text[i-1]) || end < len(text) && isWordByte(text[end])) || isReference(text, i, end) {
			b.WriteString(text[last : i+1])
			last = i + 1
			continue
		}
		b.WriteString(text[last:i] + e.reference)
		last = end
	}
}

func isWordByte(b byte) bool { return isLetter(b) || b >= '0' && b <= '9' }

// isReference reports whether text[start:end] is within ${…}.
func isReference(text string, start, end int) bool {
	open := strings.LastIndex(text[:start], "${")
	return open >= 0 && !strings.Contains(text[open:start], "}") && strings.Contains(text[end:], "}") &&
		strings.IndexFunc(text[open+2:end], func(r rune) bool { return r != '_' && (r >= 0x80 || !isWordByte(byte(r))) }) < 0
}

// expandedAnywhere returns the secrets that are hidden in every text.
func expandedAnywhere() (all []string) {
	if known := expansions.Load(); known != nil {
		for _, e := range *known {
			if e.anywhere && !e.bounded {
				all = append(all, e.forms[0])
			}
		}
	}
	return all
}
