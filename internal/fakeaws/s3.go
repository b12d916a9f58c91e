package fakeaws

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
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

type upload struct {
	template object
	parts    map[int]object
}

// s3 names the operation of a request and returns what carries it out.
func (s *Server) s3(r *http.Request) (op string, act func() reply) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	id := query.Get("uploadId")
	switch {
	case r.Method == http.MethodHead:
		return "HeadObject", func() reply { return s.getObject(r, bucket, key) }
	case r.Method == http.MethodGet && bucket == contentBucket:
		return "Content", func() reply { return s.content(key) }
	case r.Method == http.MethodGet && query.Has("list-type"):
		return "ListObjectsV2", func() reply { return s.listObjects(r, bucket) }
	case r.Method == http.MethodGet && query.Has("versioning"):
		return "GetBucketVersioning", func() reply { return s.versioning(r, bucket) }
	case r.Method == http.MethodGet:
		return "GetObject", func() reply { return s.getObject(r, bucket, key) }
	case r.Method == http.MethodPost && query.Has("uploads"):
		return "CreateMultipartUpload", func() reply { return s.createUpload(r, bucket) }
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
	return reply{200, header, o.data}
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
	return reply{200, map[string]string{"ETag": `"` + o.etag + `"`}, nil}
}

func (s *Server) createUpload(r *http.Request, bucket string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	if bad := s.checkEncryption(r); bad != nil {
		return *bad
	}
	id := fmt.Sprintf("upload-%d", len(s.requests))
	s.uploads[id] = &upload{template: described(r), parts: map[int]object{}}
	return reply{200, map[string]string{}, []byte("<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>")}
}

func (s *Server) uploadPart(r *http.Request, id, number string) reply {
	o, bad := receive(r)
	if bad != nil {
		return *bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(number)
	if s.uploads[id] == nil || err != nil {
		return failure(false, 404, "NoSuchUpload", "The specified upload does not exist.")
	}
	s.uploads[id].parts[n] = o
	return reply{200, map[string]string{"ETag": `"` + o.etag + `"`}, nil}
}

func (s *Server) completeUpload(r *http.Request, bucket, key, id string) reply {
	var list struct {
		Part []struct {
			PartNumber           int
			ETag, ChecksumSHA256 string
		}
	}
	if err := xml.NewDecoder(r.Body).Decode(&list); err != nil {
		return failure(false, 400, "MalformedXML", err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	up := s.uploads[id]
	if up == nil {
		return failure(false, 404, "NoSuchUpload", "The specified upload does not exist.")
	}
	if bad := s.checkWrite(r, bucket, key); bad != nil {
		return *bad
	}
	o := up.template
	for i, listed := range list.Part {
		part, ok := up.parts[listed.PartNumber]
		if !ok || listed.PartNumber != i+1 || strings.Trim(listed.ETag, `"`) != part.etag || listed.ChecksumSHA256 != part.checksum {
			return failure(false, 400, "InvalidPart", "One or more of the specified parts could not be found.")
		}
		o.data = append(o.data, part.data...)
	}
	sum := md5.Sum(o.data)
	o.etag = fmt.Sprintf("%x-%d", sum, len(list.Part))
	o.checksum = fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(sum[:]), len(list.Part))
	o.modified = now()
	s.buckets[bucket][key] = &o
	delete(s.uploads, id)
	return reply{200, map[string]string{}, []byte("<CompleteMultipartUploadResult><ETag>" + o.etag + "</ETag></CompleteMultipartUploadResult>")}
}

func (s *Server) abortUpload(id string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uploads, id)
	return reply{status: 204}
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
