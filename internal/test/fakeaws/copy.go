package fakeaws

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// copySource is the header that makes a PUT a copy.
const copySource = "X-Amz-Copy-Source"

// copyObject takes over an object with its metadata. Its checksum is computed, as
// S3 does on demand.
func (s *Server) copyObject(r *http.Request, bucket, key string) reply {
	fromBucket, fromKey, err := copied(r)
	if err != nil {
		return failure(false, 400, "InvalidArgument", err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkWrite(r, bucket, key); bad != nil {
		return *bad
	}
	from := s.buckets[fromBucket][fromKey]
	if from == nil {
		return failure(false, 404, "NoSuchKey", "The specified key does not exist.")
	}
	o := *from
	sum := sha256.Sum256(o.data)
	o.checksum, o.modified = base64.StdEncoding.EncodeToString(sum[:]), now()
	s.buckets[bucket][key] = &o
	return reply{200, map[string]string{"Content-Type": "application/xml"},
		[]byte(`<CopyObjectResult><ETag>"` + o.etag + `"</ETag><ChecksumSHA256>` + o.checksum + `</ChecksumSHA256></CopyObjectResult>`)}
}

// copied is where the source of a copy is.
func copied(r *http.Request) (bucket, key string, err error) {
	source, err := url.PathUnescape(r.Header.Get(copySource))
	bucket, key, _ = strings.Cut(strings.TrimPrefix(source, "/"), "/")
	return bucket, key, err
}
