package fakeaws

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// Endless are answers that do not end. Each begins like one of the service.
var Endless = []Named{
	{"JSON list", endless(200, "", `{"LayerVersions":[{}`, `,{}`)},
	{"JSON objects", endless(200, "", `{"Functions":[{"a":{}}`, `,{"FunctionName":"f","Layers":[{}]}`)},
	{"JSON text", endless(200, "", `{"Policy":"`, `x`)},
	{"JSON nesting", endless(200, "", `{"Layers":`, `[`)},
	{"XML list", endless(200, "", `<ListBucketResult><IsTruncated>false</IsTruncated>`, `<Contents/>`)},
	{"XML text", endless(200, "", `<CopyObjectResult><ETag>`, `x`)},
	{"XML nesting", endless(200, "", `<GetCallerIdentityResponse>`, `<a>`)},
	{"XML attributes", endless(200, "", `<AssumeRoleResponse a=""`, ` a=""`)},
	{"spaces", endless(200, "", ``, ` `)},
	{"gzip", endless(200, "gzip", `{"Aliases":[{}`, `,{}`)},
	{"gzip text", endless(200, "gzip", `<Error><Message>`, `x`)},
	{"refusal", endless(403, "", `<Error><Code>AccessDenied</Code><Message>`, `no `)},
	{"JSON refusal", endless(400, "", `{"__type":"InvalidParameterValueException","Message":"`, `no `)},
	{"busy", endless(503, "", `<Error><Code>SlowDown</Code><Message>`, `no `)},
}

// endless is an answer that begins with start and goes on with more.
func endless(status int, encoding, start, more string) Fault {
	return Fault{More: more, Change: func(_ string, a *Answer) bool {
		a.Status, a.Header, a.Body = status, map[string]string{}, []byte(start)
		if encoding != "" {
			a.Header["Content-Encoding"] = encoding
		}
		return true
	}}
}

// goOn sends an answer, and then more until the client is gone. It is packed if the client
// unpacks it.
func goOn(w http.ResponseWriter, r *http.Request, answer reply, more string) {
	out := io.Writer(w)
	if answer.header["Content-Encoding"] == "gzip" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		out = gzip.NewWriter(w)
	} else {
		w.Header().Del("Content-Encoding")
	}
	w.WriteHeader(answer.status)
	chunk := []byte(strings.Repeat(more, 1+16_000/len(more)))
	for _, err := out.Write(answer.body); err == nil; {
		_, err = out.Write(chunk)
	}
	panic(http.ErrAbortHandler)
}
