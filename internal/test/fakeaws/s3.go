package fakeaws

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type object struct {
	data        []byte
	etag        string
	contentType string
	metadata    map[string]string
	checksum    string // x-amz-checksum-sha256, "" if none
	modified    time.Time
}

// s3 names the operation of a request and returns what carries it out.
func (s *Server) s3(r *http.Request) (op string, act func() reply) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	id := query.Get("uploadId")
	switch {
	case r.Method == http.MethodHead && key == "":
		return "HeadBucket", func() reply { return s.headBucket(r, bucket) }
	case r.Method == http.MethodHead:
		return "HeadObject", func() reply { return s.getObject(r, bucket, key) }
	case r.Method == http.MethodGet && bucket == contentBucket:
		return "Content", func() reply { return s.content(key) }
	case r.Method == http.MethodGet && query.Has("list-type"):
		return "ListObjectsV2", func() reply { return s.listObjects(r, bucket) }
	case r.Method == http.MethodGet && query.Has("uploads"):
		return "ListMultipartUploads", func() reply { return s.listUploads(r, bucket) }
	case r.Method == http.MethodGet && query.Has("versioning"):
		return "GetBucketVersioning", func() reply { return s.versioning(r, bucket) }
	case r.Method == http.MethodGet:
		return "GetObject", func() reply { return s.getObject(r, bucket, key) }
	case r.Method == http.MethodPost && query.Has("uploads"):
		return "CreateMultipartUpload", func() reply { return s.createUpload(r, bucket, key) }
	case r.Method == http.MethodPut && id != "" && r.Header.Get(copySource) != "":
		return "UploadPartCopy", func() reply { return s.copyPart(r, id, query.Get("partNumber")) }
	case r.Method == http.MethodPut && id != "":
		return "UploadPart", func() reply { return s.uploadPart(r, id, query.Get("partNumber")) }
	case r.Method == http.MethodPost && id != "":
		return "CompleteMultipartUpload", func() reply { return s.completeUpload(r, bucket, key, id) }
	case r.Method == http.MethodDelete && id != "":
		return "AbortMultipartUpload", func() reply { return s.abortUpload(id) }
	case r.Method == http.MethodDelete:
		return "DeleteObject", func() reply { return s.deleteObject(r, bucket, key) }
	case r.Method == http.MethodPut && r.Header.Get(copySource) != "":
		return "CopyObject", func() reply { return s.copyObject(r, bucket, key) }
	case r.Method == http.MethodPut:
		return "PutObject", func() reply { return s.putObject(r, bucket, key) }
	}
	return r.Method, func() reply { return failure(false, 405, "MethodNotAllowed", "not made") }
}

func (s *Server) getObject(r *http.Request, bucket, key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	o := s.buckets[bucket][key]
	if o == nil {
		return failure(false, 404, "NoSuchKey", "The specified key does not exist.")
	}
	header := map[string]string{
		"ETag": `"` + o.etag + `"`, "Content-Type": o.contentType, "Content-Length": strconv.Itoa(len(o.data)),
		"Last-Modified": o.modified.Format(http.TimeFormat),
	}
	for name, value := range o.metadata {
		header["X-Amz-Meta-"+name] = value
	}
	if s.KMSKey != "" || s.SSE == "aws:kms" {
		header["X-Amz-Server-Side-Encryption"] = "aws:kms"
	}
	if o.checksum != "" && r.Header.Get("X-Amz-Checksum-Mode") != "" {
		header["X-Amz-Checksum-Sha256"] = o.checksum
	}
	if wanted := r.Header.Get("Range"); wanted != "" {
		return ranged(wanted, header, o.data)
	}
	return reply{200, header, o.data}
}

// ranged is the answer to a request for the last bytes of an object.
func ranged(wanted string, header map[string]string, data []byte) reply {
	n, err := strconv.Atoi(strings.TrimPrefix(wanted, "bytes=-"))
	if err != nil || n <= 0 || len(data) == 0 {
		return failure(false, 416, "InvalidRange", "The requested range is not satisfiable")
	}
	first := max(0, len(data)-n)
	header["Content-Length"] = strconv.Itoa(len(data) - first)
	header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", first, len(data)-1, len(data))
	delete(header, "X-Amz-Checksum-Sha256")
	return reply{206, header, data[first:]}
}

func (s *Server) putObject(r *http.Request, bucket, key string) reply {
	o, bad := receive(r)
	if bad != nil {
		return *bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkWrite(r, bucket, key); bad != nil {
		return *bad
	}
	if s.KMSKey != "" || s.SSE == "aws:kms" { // then an ETag is no MD5
		o.etag = fmt.Sprintf("%032x", len(s.requests))
	}
	s.buckets[bucket][key] = &o
	s.sentBytes += int64(len(o.data))
	return reply{200, map[string]string{"ETag": `"` + o.etag + `"`}, nil}
}

// checkWrite refuses a write whose condition does not hold.
func (s *Server) checkWrite(r *http.Request, bucket, key string) *reply {
	if bad := s.checkBucket(r, bucket); bad != nil {
		return bad
	}
	if bad := s.checkEncryption(r); bad != nil {
		return bad
	}
	there, want := s.buckets[bucket][key], strings.Trim(r.Header.Get("If-Match"), `"`)
	switch {
	case want != "" && there == nil:
		bad := failure(false, 404, "NoSuchKey", "The specified key does not exist.")
		return &bad
	case want != "" && there.etag != want, r.Header.Get("If-None-Match") == "*" && there != nil:
		bad := failure(false, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return &bad
	}
	return nil
}

// checkEncryption refuses like a bucket policy that demands a key.
func (s *Server) checkEncryption(r *http.Request) *reply {
	h := r.Header
	asked := (s.KMSKey == "" || h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id") == s.KMSKey) &&
		(s.SSE == "" || h.Get("X-Amz-Server-Side-Encryption") == s.SSE) && (s.ACL == "" || h.Get("X-Amz-Acl") == s.ACL)
	if asked || r.URL.Query().Has("uploadId") {
		return nil
	}
	bad := failure(false, 403, "AccessDenied", "with an explicit deny in a resource-based policy")
	return &bad
}

func (s *Server) checkBucket(r *http.Request, bucket string) *reply {
	if s.buckets[bucket] == nil {
		bad := failure(false, 404, "NoSuchBucket", "The specified bucket does not exist")
		return &bad
	}
	if s.Region != "" && !strings.Contains(r.Header.Get("Authorization"), "/"+s.Region+"/s3/") {
		bad := failure(false, 301, "PermanentRedirect", "The bucket must be addressed using the specified endpoint.")
		bad.header["X-Amz-Bucket-Region"] = s.Region
		return &bad
	}
	return nil
}

// receive reads a body and checks it against the digests announced.
func receive(r *http.Request) (object, *reply) {
	refuse := func(code, message string) (object, *reply) {
		bad := failure(false, 400, code, message)
		return object{}, &bad
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse("IncompleteBody", err.Error())
	}
	sum := sha256.Sum256(data)
	o := described(r)
	if o.checksum != "" && o.checksum != base64.StdEncoding.EncodeToString(sum[:]) {
		return refuse("BadDigest", "The SHA256 you specified did not match what we received.")
	}
	if signed := r.Header.Get("X-Amz-Content-Sha256"); len(signed) == 64 && signed != hex.EncodeToString(sum[:]) {
		return refuse("XAmzContentSHA256Mismatch", "The provided x-amz-content-sha256 does not match what was computed.")
	}
	md5sum := md5.Sum(data)
	o.data, o.etag, o.modified = data, hex.EncodeToString(md5sum[:]), now()
	return o, nil
}

// described returns an object with what the headers of a request say.
func described(r *http.Request) object {
	o := object{contentType: r.Header.Get("Content-Type"), checksum: r.Header.Get("X-Amz-Checksum-Sha256"), metadata: map[string]string{}}
	for name, values := range r.Header {
		if meta, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-meta-"); ok {
			o.metadata[meta] = values[0]
		}
	}
	return o
}
