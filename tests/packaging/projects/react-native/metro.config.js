// What React Native's own configuration (`@react-native/metro-config`) sets, without React Native.

module.exports = {
  resolver: {
    resolverMainFields: ['react-native', 'browser', 'main'],
    platforms: ['android', 'ios'],
    unstable_conditionNames: ['react-native'],
  },
  serializer: { getPolyfills: () => require('@react-native/js-polyfills')() },
  transformer: {
    babelTransformerPath: require.resolve('@react-native/metro-babel-transformer'),
    getTransformOptions: async () => ({ transform: { inlineRequires: true } }),
  },
}
