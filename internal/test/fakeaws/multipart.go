package fakeaws

import (
	"cmp"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

type upload struct {
	bucket, key string
	begun       time.Time
	template    object
	parts       map[int]object
}

func (s *Server) minPart() int { return cmp.Or(s.MinPart, 5<<20) }

func (s *Server) createUpload(r *http.Request, bucket, key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	if bad := s.checkEncryption(r); bad != nil {
		return *bad
	}
	id := fmt.Sprintf("upload-%d", len(s.requests))
	s.uploads[id] = &upload{bucket: bucket, key: key, begun: now(), template: described(r), parts: map[int]object{}}
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
	s.sentBytes += int64(len(o.data))
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
	o, sums := up.template, md5.New()
	size := 0
	for _, part := range up.parts {
		size += len(part.data)
	}
	o.data = make([]byte, 0, size)
	for i, listed := range list.Part {
		part, ok := up.parts[listed.PartNumber]
		if !ok || listed.PartNumber != i+1 || strings.Trim(listed.ETag, `"`) != part.etag || listed.ChecksumSHA256 != part.checksum {
			return failure(false, 400, "InvalidPart", "One or more of the specified parts could not be found.")
		}
		if i < len(list.Part)-1 && len(part.data) < s.minPart() {
			return failure(false, 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
		}
		o.data = append(o.data, part.data...)
		sums.Write([]byte(part.etag))
	}
	sum := sums.Sum(nil)
	o.etag = fmt.Sprintf("%x-%d", sum, len(list.Part))
	o.checksum = fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(sum), len(list.Part))
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

// copyPart makes a part of a range of an object that is larger than the smallest
// part. The SHA-256 of what was copied is in the answer, as S3 gives it for an
// upload with that algorithm.
func (s *Server) copyPart(r *http.Request, id, number string) reply {
	bucket, key, err := copied(r)
	if err != nil {
		return failure(false, 400, "InvalidArgument", err.Error())
	}
	var first, last int
	if _, err := fmt.Sscanf(r.Header.Get("X-Amz-Copy-Source-Range"), "bytes=%d-%d", &first, &last); err != nil {
		return failure(false, 400, "InvalidArgument", err.Error())
	}
	n, err := strconv.Atoi(number)
	s.mu.Lock()
	from := s.buckets[bucket][key]
	s.mu.Unlock()
	var sum [sha256.Size]byte
	var md5sum [md5.Size]byte
	if from != nil && first >= 0 && first <= last && last < len(from.data) { // others need not wait for it
		sum, md5sum = sha256.Sum256(from.data[first:last+1]), md5.Sum(from.data[first:last+1])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.uploads[id] == nil || err != nil:
		return failure(false, 404, "NoSuchUpload", "The specified upload does not exist.")
	case from == nil:
		return failure(false, 404, "NoSuchKey", "The specified key does not exist.")
	case from.etag != strings.Trim(r.Header.Get("X-Amz-Copy-Source-If-Match"), `"`):
		return failure(false, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	case len(from.data) <= s.minPart(), first < 0, first > last, last >= len(from.data):
		return failure(false, 400, "InvalidRequest", "The specified copy source is not supported as a byte-range copy source")
	}
	o := object{data: from.data[first : last+1], modified: now()}
	o.etag = hex.EncodeToString(md5sum[:])
	checksum := ""
	if !s.NoCopyChecksum {
		o.checksum = base64.StdEncoding.EncodeToString(sum[:])
		checksum = "<ChecksumSHA256>" + o.checksum + "</ChecksumSHA256>"
	}
	s.uploads[id].parts[n] = o
	s.copiedBytes += int64(len(o.data))
	return reply{200, map[string]string{"Content-Type": "application/xml"}, []byte(`<CopyPartResult><ETag>"` + o.etag + `"</ETag>` + checksum + `</CopyPartResult>`)}
}

// listUploads lists the uploads that are neither completed nor aborted, PageSize at a time.
func (s *Server) listUploads(r *http.Request, bucket string) reply {
	type entry struct{ Key, UploadId, Initiated string }
	var list struct {
		XMLName            xml.Name `xml:"ListMultipartUploadsResult"`
		Upload             []entry
		IsTruncated        bool
		NextKeyMarker      string `xml:",omitempty"`
		NextUploadIdMarker string `xml:",omitempty"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	query := r.URL.Query()
	after := entry{Key: query.Get("key-marker"), UploadId: query.Get("upload-id-marker")}
	ids := slices.SortedFunc(maps.Keys(s.uploads), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.uploads[a].key, s.uploads[b].key), cmp.Compare(a, b))
	})
	for _, id := range ids {
		u := s.uploads[id]
		if u.bucket != bucket || !strings.HasPrefix(u.key, query.Get("prefix")) || cmp.Or(cmp.Compare(u.key, after.Key), cmp.Compare(id, after.UploadId)) <= 0 {
			continue
		}
		if n := len(list.Upload); n == s.pageSize() {
			list.IsTruncated, list.NextKeyMarker, list.NextUploadIdMarker = true, list.Upload[n-1].Key, list.Upload[n-1].UploadId
			break
		}
		list.Upload = append(list.Upload, entry{u.key, id, u.begun.Format(time.RFC3339)})
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return failure(false, 500, "InternalError", err.Error())
	}
	return reply{200, map[string]string{"Content-Type": "application/xml"}, body}
}

// CopiedBytes says how many bytes came into parts by UploadPartCopy.
func (s *Server) CopiedBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copiedBytes
}

// SentBytes says how many bytes came in the bodies of S3 objects and parts.
func (s *Server) SentBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sentBytes
}

// AgeUploads makes every upload that is not completed older.
func (s *Server) AgeUploads(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uploads {
		u.begun = u.begun.Add(-by)
	}
}
