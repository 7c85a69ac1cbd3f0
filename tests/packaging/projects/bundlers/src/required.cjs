module.exports = { index: require('sse-fetch'), slim: require('sse-fetch/slim') }
