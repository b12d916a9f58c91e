package lock

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// This file parses the options of a logical line as pip does: it splits the line like a
// shell, and matches options by their full name or an unambiguous abbreviation.

// reqOptions are the options of a line, with the values of repeatable options in
// order.
type reqOptions struct {
	indexURL, extraIndexURLs, findLinks []string
	trustedHosts                        []string
	requirements, constraints           []string
	editables                           []string
	hashes                              []string
	binary                              []binaryOption
	noIndex                             bool
}

// binaryOption is one --no-binary or --only-binary option.
type binaryOption struct {
	no    bool
	value string // names separated by commas, :all: or :none:
}

// optionSpec says how an option is stored. If store is nil, lamella ignores the option.
type optionSpec struct {
	flag  bool // the option takes no value
	store func(o *reqOptions, value string)
}

// optionTable returns the options that pip allows in a requirements file.
func optionTable() map[string]optionSpec {
	index := optionSpec{store: func(o *reqOptions, v string) { o.indexURL = append(o.indexURL, v) }}
	find := optionSpec{store: func(o *reqOptions, v string) { o.findLinks = append(o.findLinks, v) }}
	include := optionSpec{store: func(o *reqOptions, v string) { o.requirements = append(o.requirements, v) }}
	constrain := optionSpec{store: func(o *reqOptions, v string) { o.constraints = append(o.constraints, v) }}
	editable := optionSpec{store: func(o *reqOptions, v string) { o.editables = append(o.editables, v) }}
	flag, value := optionSpec{flag: true}, optionSpec{}
	return map[string]optionSpec{
		"-i": index, "--index-url": index, "--pypi-url": index,
		"--extra-index-url": {store: func(o *reqOptions, v string) { o.extraIndexURLs = append(o.extraIndexURLs, v) }},
		"--trusted-host":    {store: func(o *reqOptions, v string) { o.trustedHosts = append(o.trustedHosts, v) }},
		"--no-index":        {flag: true, store: func(o *reqOptions, _ string) { o.noIndex = true }},
		"-f":                find, "--find-links": find,
		"-r": include, "--requirement": include,
		"-c": constrain, "--constraint": constrain,
		"-e": editable, "--editable": editable,
		"--hash":        {store: func(o *reqOptions, v string) { o.hashes = append(o.hashes, v) }},
		"--no-binary":   {store: func(o *reqOptions, v string) { o.binary = append(o.binary, binaryOption{true, v}) }},
		"--only-binary": {store: func(o *reqOptions, v string) { o.binary = append(o.binary, binaryOption{false, v}) }},
		// These do not affect which wheel is chosen for a pinned requirement with hashes.
		"--prefer-binary": flag, "--require-hashes": flag, "--no-require-hashes": flag, "--pre": flag,
		"--all-releases": value, "--only-final": value, "--use-feature": value,
		"--global-option": value, "-C": value, "--config-setting": value, "--config-settings": value,
	}
}

// splitOptions splits a logical line before the first word that starts with "-". Words are
// separated by single spaces, as in pip.
func splitOptions(line string) (requirement, options string) {
	for start := 0; ; {
		if strings.HasPrefix(line[start:], "-") {
			return strings.TrimSuffix(line[:start], " "), line[start:]
		}
		i := strings.IndexByte(line[start:], ' ')
		if i < 0 {
			return line, ""
		}
		start += i + 1
	}
}

// parseOptions parses the options of a line.
func parseOptions(text string, table map[string]optionSpec) (reqOptions, error) {
	var o reqOptions
	if text == "" {
		return o, nil
	}
	words, err := shellSplit(text)
	if err != nil {
		return o, err
	}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if word == "--" {
			break
		}
		if !strings.HasPrefix(word, "-") || word == "-" {
			continue // pip ignores words between options
		}
		name, value, hasValue := strings.Cut(word, "=")
		if !strings.HasPrefix(word, "--") {
			name, value, hasValue = word[:2], word[2:], len(word) > 2
		} else if name, err = fullName(table, name); err != nil {
			return o, err
		}
		spec, ok := table[name]
		switch {
		case !ok:
			return o, fmt.Errorf("unknown option %s", name)
		case spec.flag && hasValue:
			return o, fmt.Errorf("option %s takes no value", name)
		case !spec.flag && !hasValue:
			if len(words) == 0 {
				return o, fmt.Errorf("option %s needs a value", name)
			}
			value, words = words[0], words[1:]
		}
		if spec.store != nil {
			spec.store(&o, value)
		}
	}
	return o, nil
}

// fullName completes an abbreviated long option.
func fullName(table map[string]optionSpec, name string) (string, error) {
	if _, ok := table[name]; ok {
		return name, nil
	}
	var matches []string
	for long := range table {
		if strings.HasPrefix(long, name) && strings.HasPrefix(long, "--") {
			matches = append(matches, long)
		}
	}
	sort.Strings(matches)
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		return "", fmt.Errorf("unknown option %s", name)
	}
	return "", fmt.Errorf("ambiguous option %s: %s", name, strings.Join(matches, ", "))
}

// shellSplit splits text into words like a POSIX shell, but without expansions or comments.
func shellSplit(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, escaped, quote := false, false, rune(0)
	for _, r := range text {
		switch {
		case escaped:
			// In double quotes, a backslash escapes only itself and the quote.
			if quote == '"' && r != '"' && r != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			inWord, escaped = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '"' || r == '\'':
			inWord, quote = true, r
		case strings.ContainsRune(" \t\r\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("unclosed quotation mark")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
