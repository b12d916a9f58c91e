package fakeaws

import (
	"fmt"
	"net/url"
	"strings"
)

// Traffic is what CloudWatch has counted of a version behind an alias.
type Traffic struct {
	Calls, Errors int
	P90           float64 // milliseconds
}

// SetTraffic says what is counted of function:alias for a version.
func (s *Server) SetTraffic(function, alias, version string, t Traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic[function+":"+alias+":"+version] = t
}

// form carries out the request of a service with forms.
func (s *Server) form(form url.Values) (op string, act func() reply) {
	if form.Get("Action") == "GetMetricData" {
		return "GetMetricData", func() reply { return s.metricData(form) }
	}
	if form.Get("Action") == "AssumeRole" {
		return "AssumeRole", assumeRole
	}
	return "GetCallerIdentity", s.identity
}

// assumeRole lets everybody assume every role.
func assumeRole() reply {
	return reply{200, map[string]string{"Content-Type": "text/xml"}, []byte("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId>" +
		"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")}
}

func (s *Server) metricData(form url.Values) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var results strings.Builder
	for i := 1; ; i++ {
		member := fmt.Sprintf("MetricDataQueries.member.%d.", i)
		if !form.Has(member + "Id") {
			break
		}
		dimensions := map[string]string{}
		for j := 1; j <= 3; j++ {
			name := fmt.Sprintf("%sMetricStat.Metric.Dimensions.member.%d.", member, j)
			dimensions[form.Get(name+"Name")] = form.Get(name + "Value")
		}
		t := s.traffic[dimensions["Resource"]+":"+dimensions["ExecutedVersion"]]
		value := map[string]float64{"Invocations": float64(t.Calls), "Errors": float64(t.Errors), "Duration": t.P90}[form.Get(member+"MetricStat.Metric.MetricName")]
		points := ""
		if t.Calls > 0 { // no call is no data point
			points = fmt.Sprintf("<Timestamps><member>%s</member></Timestamps><Values><member>%g</member></Values>", form.Get("StartTime"), value)
		}
		fmt.Fprintf(&results, "<member><Id>%s</Id>%s<StatusCode>Complete</StatusCode></member>", form.Get(member+"Id"), points)
	}
	return reply{200, map[string]string{"Content-Type": "text/xml"}, []byte("<GetMetricDataResponse><GetMetricDataResult><MetricDataResults>" +
		results.String() + "</MetricDataResults></GetMetricDataResult></GetMetricDataResponse>")}
}
