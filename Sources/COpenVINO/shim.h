#pragma once
// The C API of OpenVINO. Its variadic functions are not visible from Swift; the versions ending in _props, which take the
// properties as an array, are used instead, so no function of our own is needed here.
#include <openvino/c/openvino.h>
