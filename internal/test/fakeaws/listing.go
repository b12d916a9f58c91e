package fakeaws

import (
	"cmp"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// listObjects gives PageSize keys at a time.
func (s *Server) listObjects(r *http.Request, bucket string) reply {
	type entry struct {
		Key          string
		Size         int
		LastModified string
		ETag         string
	}
	var list struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		Contents              []entry
		CommonPrefixes        []struct{ Prefix string }
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	prefix, after := r.URL.Query().Get("prefix"), r.URL.Query().Get("continuation-token")
	for _, key := range slices.Sorted(maps.Keys(s.buckets[bucket])) {
		if !strings.HasPrefix(key, prefix) || after != "" && key <= after {
			continue
		}
		if end := strings.Index(key[len(prefix):], cmp.Or(r.URL.Query().Get("delimiter"), "\x00")); end >= 0 {
			common := struct{ Prefix string }{key[:len(prefix)+end+1]}
			if !slices.Contains(list.CommonPrefixes, common) {
				list.CommonPrefixes = append(list.CommonPrefixes, common)
			}
			continue
		}
		if len(list.Contents) == s.pageSize() {
			list.IsTruncated, list.NextContinuationToken = true, list.Contents[len(list.Contents)-1].Key
			break
		}
		o := s.buckets[bucket][key]
		list.Contents = append(list.Contents, entry{key, len(o.data), o.modified.Format(time.RFC3339), `"` + o.etag + `"`})
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return failure(false, 500, "InternalError", err.Error())
	}
	return reply{200, map[string]string{"Content-Type": "application/xml"}, body}
}

func (s *Server) deleteObject(r *http.Request, bucket, key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	delete(s.buckets[bucket], key)
	return reply{status: 204}
}

func (s *Server) versioning(r *http.Request, bucket string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	status := ""
	if s.Versioned {
		status = "<Status>Enabled</Status>"
	}
	return reply{200, map[string]string{"Content-Type": "application/xml"}, []byte("<VersioningConfiguration>" + status + "</VersioningConfiguration>")}
}

// Age makes every object of a bucket older.
func (s *Server) Age(bucket string, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.buckets[bucket] {
		o.modified = o.modified.Add(-by)
	}
}

// headBucket answers with the region that the bucket is in.
func (s *Server) headBucket(r *http.Request, bucket string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bad := s.checkBucket(r, bucket); bad != nil {
		return *bad
	}
	return reply{200, map[string]string{"X-Amz-Bucket-Region": cmp.Or(s.Region, s.place())}, nil}
}
