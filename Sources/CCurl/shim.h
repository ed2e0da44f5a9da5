#ifndef CURLEW_CCURL_SHIM_H
#define CURLEW_CCURL_SHIM_H
#include <curl/curl.h>
#endif
