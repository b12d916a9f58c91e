package secret

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

var (
	// secretVariable matches the names of environment variables whose value is a secret, such
	// as AWS_SECRET_ACCESS_KEY, and namedAfter those that are only about one.
	secretVariable = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|(API|ACCESS|PRIVATE|ENCRYPTION)_?KEY|_AUTH$`)
	})
	namedAfter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)_(` + aboutASecret + `)S?$`) })
	// netrcPassword matches a password in a netrc file.
	netrcPassword = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|\s)password\s+("(?:[^"\\]|\\.)*"|\S+)`) })
	netrcEscape   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\(.)`) })
)

// aboutASecret are the ends of the names of variables that are only about a secret.
const aboutASecret = `ID|FILE|PATH|DIR|FOLDER|NAME|URL|URI|ENDPOINT|TYPE|PROVIDER|EXPIRATION|TTL`

// Shorter values also occur where they are no secrets. A variable may have a secret name, but
// a value such as "enabled".
const (
	shortestPassword = 4
	shortestVariable = 8
)

// InEnvironment returns the secrets in environ ("NAME=value") and in the content of netrc
// files: the values of variables such as GITHUB_TOKEN, and the passwords in URLs and in the
// files. A program that gets them may print them.
func InEnvironment(environ []string, netrcs ...string) []string {
	var found []string
	add := func(value string, shortest int) {
		if len(value) >= shortest && !pipVariable.MatchString(value) {
			found = append(found, value)
		}
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if secretVariable().MatchString(name) && !namedAfter().MatchString(name) && !strings.HasPrefix(value, "/") {
			add(value, shortestVariable)
		}
		for _, password := range passwords(value) {
			add(password, shortestPassword)
		}
		if strings.Contains(value, "machine ") { // a container gets the file in a variable
			netrcs = append(netrcs, value)
		}
	}
	for _, content := range netrcs {
		for _, m := range netrcPassword().FindAllStringSubmatch(content, -1) {
			if quoted, ok := strings.CutPrefix(m[1], `"`); ok {
				m[1] = netrcEscape().ReplaceAllString(strings.TrimSuffix(quoted, `"`), "$1")
			}
			add(m[1], shortestPassword)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// passwords returns the secret user information of the URLs in text: the password, or the
// user if there is none.
func passwords(text string) []string {
	var found []string
	for {
		start, end, ok := next(text)
		if !ok {
			return found
		}
		if p, _ := split(text[start:end]); p.at && p.userIsSecret(pipVariable) {
			user, password, _ := strings.Cut(p.user, ":")
			if password == "" {
				password = user
			}
			found = append(found, password)
			if plain, err := url.PathUnescape(password); err == nil {
				found = append(found, plain)
			}
		}
		text = text[end:]
	}
}

// Hide returns a function that hides the secrets in a text, including those of variables that
// were expanded, and the number of bytes of the longest secret.
func Hide(secrets []string) (hide func(string) string, longest int) {
	var all []string
	for _, s := range append(expandedAnywhere(), secrets...) {
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // a secret may contain another
	var pairs []string
	for _, s := range all {
		longest = max(longest, len(s))
		pairs = append(pairs, s, hidden)
	}
	return strings.NewReplacer(pairs...).Replace, longest
}
