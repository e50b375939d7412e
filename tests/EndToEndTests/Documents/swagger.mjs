// Whether a file is a valid OpenAPI document, as swagger-parser sees it. Argument: the file.
const { default: SwaggerParser } = await import(`${process.env.MESHMCP_SWAGGER_PARSER}/lib/index.js`);
const document = await SwaggerParser.validate(process.argv[2]);
console.log(`valid OpenAPI ${document.openapi}`);
