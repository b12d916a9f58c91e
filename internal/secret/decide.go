package secret

import (
	"net/url"
	"regexp"
	"strings"
)

// variable matches what stands for a secret in a certain kind of file.
type variable = *regexp.Regexp

var (
	// pip, uv, and PDM replace ${NAME}, in capitals, with a value, and nothing else: any
	// other $ is part of the password. Asterisks and these words come from someone who
	// removed a secret.
	pipVariable = regexp.MustCompile(`^(\$\{[A-Z0-9_]+\})+$|^(\*+|<[^>]*>|USER|USERNAME|PASSWORD|TOKEN)$`)
	// Pipenv replaces what Python's os.path.expandvars replaces.
	pipenvVariable = regexp.MustCompile(`^(\$\w+|\$\{\w+\})+$|^(\*+|<[^>]*>|USER|USERNAME|PASSWORD|TOKEN)$`)
)

// publicUsers are user names that are the same for everybody. The password comes from a
// keyring, or SSH does not need one.
var publicUsers = map[string]bool{
	"git": true, "hg": true, "aws": true, "oauth2accesstoken": true, "vsssessiontoken": true,
	"_json_key": true, "_json_key_base64": true, "__token__": true,
}

// userIsSecret reports whether user information is secret. A user without a password is a
// token, whatever its length, because nothing distinguishes it from a name. SSH, however,
// proves the user's identity with a key.
func (p parts) userIsSecret(v variable) bool {
	user, password, _ := strings.Cut(p.user, ":")
	if i := strings.Index(strings.ToLower(user), "%3a"); i >= 0 {
		user, password = user[:i], user[i+3:]+password
	}
	switch {
	case password != "":
		return !v.MatchString(password)
	case user == "", v.MatchString(user), publicUsers[strings.ToLower(user)]:
		return false
	}
	return !strings.Contains(strings.ToLower(p.scheme), "ssh:")
}

// parameter matches the parameters in a query, a fragment, or a path.
var parameter = regexp.MustCompile(`([?&;#])([^=?&;#/\s]+)=([^&;#]*)`)

// secretParameter returns the name of the first secret parameter in tail, or "" if there is
// none.
func secretParameter(tail string, v variable) string {
	if !strings.Contains(tail, "=") {
		return ""
	}
	for _, m := range parameter.FindAllStringSubmatch(tail, -1) {
		if parameterIsSecret(m[2], m[3], v) {
			return m[2]
		}
	}
	return ""
}

// hideParameters hides the values of secret parameters.
func hideParameters(tail string) string {
	if !strings.Contains(tail, "=") {
		return tail
	}
	return parameter.ReplaceAllStringFunc(tail, func(s string) string {
		m := parameter.FindStringSubmatch(s)
		if parameterIsSecret(m[2], m[3], pipVariable) {
			return m[1] + m[2] + "=" + hidden
		}
		return s
	})
}

// withoutSecrets removes the secret parameters from part, which is a query with its ? or a
// fragment with its #.
func withoutSecrets(part string) string {
	if secretParameter(part, pipVariable) == "" {
		return part
	}
	var kept []string
	for _, field := range strings.FieldsFunc(part[1:], func(r rune) bool { return r == '&' || r == ';' }) {
		if secretParameter("?"+field, pipVariable) == "" {
			kept = append(kept, field)
		}
	}
	if kept == nil {
		return ""
	}
	return part[:1] + strings.Join(kept, "&")
}

// parameterIsSecret reports whether a parameter is secret, judging by its name, by the
// prefix of its value, or by a URL with a secret in its value.
func parameterIsSecret(name, value string, v variable) bool {
	if value == "" || v.MatchString(value) {
		return false
	}
	if decoded, err := url.QueryUnescape(name); err == nil {
		name = decoded
	}
	if nameIsSecret(name) || known().MatchString(value) {
		return true
	}
	if !strings.Contains(value, ":") && !strings.Contains(value, "%") {
		return false
	}
	if decoded, err := url.QueryUnescape(value); err == nil && decoded != value {
		value = decoded
	}
	p, ok := split(value)
	return ok && (p.at && p.userIsSecret(v) || secretParameter(p.tail, v) != "")
}

var (
	// within matches what indicates a secret in a name without case and punctuation:
	// access_token, X-Amz-Signature, clientSecret.
	within = regexp.MustCompile(`token|secret|passw|pwd|signature|credential|apikey|accesskey|authorization`)
	// wordOfName matches the words in a name: Key-Pair-Id has three, and apiKey has two.
	wordOfName = regexp.MustCompile(`[A-Z]+[a-z0-9]*|[a-z0-9]+`)
	whole      = map[string]bool{
		"sig": true, "sign": true, "key": true, "auth": true, "oauth": true, "pass": true, "passphrase": true, "pw": true,
		"jwt": true, "bearer": true, "hmac": true, "sas": true, "session": true, "sid": true, "ticket": true, "code": true,
	}
	noSigns = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")
)

// nameIsSecret decides by the name of a parameter, such as "sig" in Azure's shared access
// signatures, "X-Amz-Signature" in those of S3, or "private_token" in GitLab.
func nameIsSecret(name string) bool {
	if within.MatchString(noSigns.Replace(strings.ToLower(name))) {
		return true
	}
	for _, word := range wordOfName.FindAllString(name, -1) {
		if whole[strings.ToLower(word)] {
			return true
		}
	}
	return false
}
